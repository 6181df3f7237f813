/// One tensor as the header of a file declares it.
package struct TensorEntry: Hashable, Sendable {
  /// The key, an opaque text: it is never used as a path.
  package let name: String
  package let dtype: StoredDType
  /// Lengths of the axes, outermost first; empty for a single number.
  package let shape: [Int]
  /// First byte and end, counted from the first byte after the header (`data_offsets`).
  package let dataOffsets: Range<Int>

  /// Product of the shape; the header's check made sure that it fits.
  package var elementCount: Int { shape.reduce(1, *) }
  package var byteCount: Int { dataOffsets.count }
}
