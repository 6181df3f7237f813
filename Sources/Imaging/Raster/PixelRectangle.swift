/// A rectangle of pixels; `x` and `y` are its top left corner.
public struct PixelRectangle: Hashable, Sendable {
  /// The first column, from the left.
  public var x: Int

  /// The first row, from the top.
  public var y: Int

  /// Pixels from left to right.
  public var width: Int

  /// Pixels from top to bottom.
  public var height: Int

  /// Makes a rectangle of its corner and its size.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

extension RasterImage {
  /// The smallest rectangle that holds every pixel with alpha above 0; `nil` where there is none.
  public var boundingBox: PixelRectangle? {
    var left = size.width
    var right = -1
    var top = size.height
    var bottom = -1
    pixels.withUnsafeBufferPointer { bytes in
      for y in 0..<size.height {
        let row = y * size.width
        guard let first = (0..<size.width).first(where: { bytes[(row + $0) * 4 + 3] > 0 }) else {
          continue
        }
        let last = (first..<size.width).last { bytes[(row + $0) * 4 + 3] > 0 } ?? first
        left = min(left, first)
        right = max(right, last)
        top = min(top, y)
        bottom = y
      }
    }
    guard bottom >= top else { return nil }
    return PixelRectangle(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
  }
}
