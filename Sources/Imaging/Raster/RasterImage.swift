/// One pixel: red, green, blue and straight (not premultiplied) alpha, 0...255 each.
public struct RGBAPixel: Hashable, Sendable {
  /// The colour, not multiplied by alpha.
  public var red: UInt8, green: UInt8, blue: UInt8

  /// 0 is transparent, 255 opaque.
  public var alpha: UInt8

  /// Makes a pixel of its four channels.
  public init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
    self.alpha = alpha
  }

  /// Black with alpha 0, the pixel of an empty canvas.
  public static let clear = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 0)
}

/// An 8-bit RGBA picture in memory: sRGB, straight alpha, rows from the top, pixels from the left.
///
/// The size is always in range (``PixelSize/isInRange``) and ``pixels`` always has four bytes for each
/// pixel. Colours under alpha 0 are kept as they are.
public struct RasterImage: Hashable, Sendable {
  /// Width and height.
  public let size: PixelSize

  /// Red, green, blue, alpha of each pixel, row by row: `4 * width * height` bytes.
  public private(set) var pixels: [UInt8]

  /// Makes an image of bytes that are already there.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)`` or ``RasterError/byteCount(found:expected:)``.
  public init(size: PixelSize, pixels: [UInt8]) throws(RasterError) {
    let expected = try size.rgbaByteCount()
    guard pixels.count == expected else {
      throw .byteCount(found: pixels.count, expected: expected)
    }
    self.size = size
    self.pixels = pixels
  }

  /// Makes an image of one colour.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)``.
  public init(size: PixelSize, filledWith pixel: RGBAPixel = .clear) throws(RasterError) {
    let byteCount = try size.rgbaByteCount()
    self.size = size
    guard pixel != .clear else {
      pixels = [UInt8](repeating: 0, count: byteCount)
      return
    }
    pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { bytes, count in
      for first in stride(from: 0, to: byteCount, by: 4) {
        bytes.initializeElement(at: first, to: pixel.red)
        bytes.initializeElement(at: first + 1, to: pixel.green)
        bytes.initializeElement(at: first + 2, to: pixel.blue)
        bytes.initializeElement(at: first + 3, to: pixel.alpha)
      }
      count = byteCount
    }
  }

  /// The pixel in column `x` and row `y`, both counted from the top left corner.
  ///
  /// - Precondition: The column and the row are inside the image.
  public subscript(x x: Int, y y: Int) -> RGBAPixel {
    get {
      let first = offset(x: x, y: y)
      return RGBAPixel(
        red: pixels[first], green: pixels[first + 1], blue: pixels[first + 2],
        alpha: pixels[first + 3])
    }
    set {
      let first = offset(x: x, y: y)
      pixels[first] = newValue.red
      pixels[first + 1] = newValue.green
      pixels[first + 2] = newValue.blue
      pixels[first + 3] = newValue.alpha
    }
  }

  /// The same colours with alpha 255 everywhere; nothing is blended with a background.
  public func withOpaqueAlpha() -> RasterImage {
    var image = self
    image.updatePixels { bytes in
      for alpha in stride(from: 3, to: bytes.count, by: 4) { bytes[alpha] = 255 }
    }
    return image
  }

  /// Whether alpha is 255 everywhere.
  public var isOpaque: Bool {
    pixels.withUnsafeBufferPointer { bytes in
      var all: UInt8 = 255
      for alpha in stride(from: 3, to: bytes.count, by: 4) { all &= bytes[alpha] }
      return all == 255
    }
  }

  /// Lets a loop write the pixels in place, without changing their number.
  package mutating func updatePixels(_ update: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
    pixels.withUnsafeMutableBufferPointer { update($0) }
  }

  private func offset(x: Int, y: Int) -> Int {
    precondition((0..<size.width).contains(x) && (0..<size.height).contains(y), "pixel outside")
    return (y * size.width + x) * 4
  }
}
