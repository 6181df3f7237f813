/// Why an image or a layer stack cannot be made.
public enum RasterError: Error, Hashable, Sendable {
  /// A side is not in 1...``PixelSize/maximumSide`` or there are too many pixels.
  case sizeOutOfRange(PixelSize)

  /// The bytes of an image are not four for each pixel.
  case byteCount(found: Int, expected: Int)

  /// Two images that belong together differ in size.
  case sizeMismatch(found: PixelSize, expected: PixelSize)

  /// A layer of a stack does not have the canvas size.
  case layerSize(index: Int, found: PixelSize, expected: PixelSize)
}

extension RasterError: CustomStringConvertible {
  /// One line that says what was found and what was expected.
  public var description: String {
    switch self {
    case .sizeOutOfRange(let size):
      """
      a picture of \(size) pixels is out of range: sides 1...\(PixelSize.maximumSide), \
      at most \(PixelSize.maximumPixelCount) pixels
      """
    case .byteCount(let found, let expected):
      "the pixels are \(found) bytes, expected \(expected)"
    case .sizeMismatch(let found, let expected):
      "the picture is \(found) pixels, expected \(expected)"
    case .layerSize(let index, let found, let expected):
      "layer \(index) is \(found) pixels, the canvas \(expected)"
    }
  }
}
