import Raster

/// A pixel's column and row from the canvas's top left corner, negative to the left of and above it.
///
/// 32 bits are what PSD stores; sums with any picture's size fit an `Int`.
package struct PixelPoint: Hashable, Sendable {
  /// The column.
  package var x: Int32

  /// The row.
  package var y: Int32

  /// The canvas's top left corner.
  package static let zero = PixelPoint(x: 0, y: 0)

  /// Makes a point of its coordinates.
  package init(x: Int32, y: Int32) {
    self.x = x
    self.y = y
  }
}

extension PixelRectangle {
  /// The rectangle of a size whose top left corner is `origin`.
  package init(origin: PixelPoint, size: PixelSize) {
    self.init(x: Int(origin.x), y: Int(origin.y), width: size.width, height: size.height)
  }
}
