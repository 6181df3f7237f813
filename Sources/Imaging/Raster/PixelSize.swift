/// A width and a height in pixels.
///
/// Any two integers fit, so that a size read from a file can be named in an error; ``isInRange`` says
/// whether pixels of that size can exist here.
public struct PixelSize: Hashable, Sendable {
  /// Pixels from left to right.
  public var width: Int

  /// Pixels from top to bottom.
  public var height: Int

  /// The longest side an image may have: 2^20, so that every product of a side and a weight is exact.
  public static let maximumSide = 1 << 20

  /// The most pixels an image may have: 2^30, 4 GiB of RGBA.
  public static let maximumPixelCount = 1 << 30

  /// Makes a size of any two integers.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// Width times height, or `nil` where a side is negative or the product does not fit.
  public var pixelCount: Int? {
    guard width >= 0, height >= 0 else { return nil }
    let (count, overflow) = width.multipliedReportingOverflow(by: height)
    return overflow ? nil : count
  }

  /// Whether an image of this size can exist: each side in 1...``maximumSide``, at most
  /// ``maximumPixelCount`` pixels.
  public var isInRange: Bool {
    let sides = 1...Self.maximumSide
    guard sides.contains(width), sides.contains(height), let pixelCount else { return false }
    return pixelCount <= Self.maximumPixelCount
  }

  /// The number of bytes of an 8-bit RGBA image.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)`` unless ``isInRange``.
  package func rgbaByteCount() throws(RasterError) -> Int {
    guard isInRange, let pixelCount else { throw .sizeOutOfRange(self) }
    return pixelCount * 4
  }
}

extension PixelSize: CustomStringConvertible {
  /// The size as in "640 x 480".
  public var description: String { "\(width) x \(height)" }
}
