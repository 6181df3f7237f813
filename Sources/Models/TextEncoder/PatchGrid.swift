/// Rows and columns of patches, or of the squares of patches that are merged to one vector.
package struct PatchGrid: Hashable, Sendable {
  package let rows: Int
  package let columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package var count: Int { rows * columns }

  /// The grid of squares of `side` by `side` patches.
  package func merged(by side: Int) -> PatchGrid {
    PatchGrid(rows: rows / side, columns: columns / side)
  }
}
