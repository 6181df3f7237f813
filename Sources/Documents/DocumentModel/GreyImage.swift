import Raster

/// An 8-bit grey picture: rows from the top, pixels from the left, one byte each.
package struct GreyImage: Hashable, Sendable {
  /// Width and height; always in range.
  package let size: PixelSize

  /// `width * height` bytes.
  package let pixels: [UInt8]

  /// Makes an image of bytes that are already there.
  ///
  /// - Throws: ``DocumentError/sizeOutOfRange(_:)`` or ``DocumentError/byteCount(found:expected:)``.
  package init(size: PixelSize, pixels: [UInt8]) throws(DocumentError) {
    guard size.isInRange, let expected = size.pixelCount else { throw .sizeOutOfRange(size) }
    guard pixels.count == expected else {
      throw .byteCount(found: pixels.count, expected: expected)
    }
    self.size = size
    self.pixels = pixels
  }
}
