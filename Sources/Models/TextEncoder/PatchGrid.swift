/// Rows and columns of patches, or of the squares of patches that are merged to one vector.
package struct PatchGrid: Hashable, Sendable {
  /// From the top to the bottom.
  package let rows: Int
  /// From the left to the right.
  package let columns: Int

  /// Makes a grid of any two numbers; those who cut pictures see that they fit.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Rows times columns.
  package var count: Int { rows * columns }

  /// The grid of squares of `side` by `side` patches.
  package func merged(by side: Int) -> PatchGrid {
    PatchGrid(rows: rows / side, columns: columns / side)
  }
}
