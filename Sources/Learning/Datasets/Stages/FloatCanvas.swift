import Raster

/// A canvas of premultiplied floats, 0...255, on which layers are laid without rounding.
struct FloatCanvas {
  /// The rectangle of the sample's canvas that it stands for.
  let area: PixelRectangle
  private(set) var pixels: [SIMD4<Float>]

  /// A transparent canvas.
  init(_ area: PixelRectangle) {
    self.area = area
    pixels = [SIMD4<Float>](repeating: .zero, count: area.width * area.height)
  }

  /// Lays an image over what is there; its frame must lie inside the area.
  mutating func lay(_ layer: PlacedImage) {
    forEachVisiblePixel(of: layer) { _, old, new in old = new }
  }

  /// Lays an image over what is there and says what that changes.
  ///
  /// - Returns: For each pixel of the layer how far the channel that moves most does, alpha included, in 128ths of
  ///   a level, rounded up.
  mutating func layMeasuring(_ layer: PlacedImage) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: layer.frame.width * layer.frame.height) { bytes, count in
      count = layer.frame.width * layer.frame.height
      bytes.initialize(repeating: 0)
      forEachVisiblePixel(of: layer) { index, old, new in
        let difference = new - old
        old = new
        let change = max(difference.max(), -difference.min())
        bytes[index] = UInt16(min(change * 128, 65_535).rounded(.up))
      }
    }
  }

  /// Calls `body` with the index in the layer, the pixel of the canvas, and that pixel under the layer's.
  @inline(__always)
  private mutating func forEachVisiblePixel(
    of layer: PlacedImage, _ body: (Int, inout SIMD4<Float>, SIMD4<Float>) -> Void
  ) {
    let frame = layer.frame
    let width = area.width
    let corner = (x: frame.x - area.x, y: frame.y - area.y)
    layer.image.pixels.withUnsafeBufferPointer { source in
      pixels.withUnsafeMutableBufferPointer { target in
        for row in 0..<frame.height {
          let start = (corner.y + row) * width + corner.x
          for column in 0..<frame.width {
            let index = row * frame.width + column
            let alpha = source[index * 4 + 3]
            guard alpha > 0 else { continue }
            let weight = Float(alpha) / 255
            let color = SIMD4<Float>(
              Float(source[index * 4]), Float(source[index * 4 + 1]), Float(source[index * 4 + 2]),
              255)
            let old = target[start + column]
            body(index, &target[start + column], color * weight + old * (1 - weight))
          }
        }
      }
    }
  }

  /// The canvas as bytes with straight alpha, rounded once.
  func image() throws(RasterError) -> RasterImage {
    var image = try RasterImage(size: PixelSize(width: area.width, height: area.height))
    pixels.withUnsafeBufferPointer { pixels in
      image.updatePixels { bytes in
        for (index, pixel) in pixels.enumerated() {
          guard pixel.w >= 0.5 else { continue }
          let factor = 255 / pixel.w
          bytes[index * 4] = rounded(pixel.x * factor)
          bytes[index * 4 + 1] = rounded(pixel.y * factor)
          bytes[index * 4 + 2] = rounded(pixel.z * factor)
          bytes[index * 4 + 3] = rounded(pixel.w)
        }
      }
    }
    return image
  }

  /// Whether nothing shines through anywhere, once rounded.
  var isOpaque: Bool { !pixels.contains { $0.w < 254.5 } }
}

/// The nearest byte of a number that is not negative.
@inline(__always)
private func rounded(_ value: Float) -> UInt8 { UInt8(min(value + 0.5, 255)) }

extension Sequence<PlacedImage> {
  /// The images laid one over the other, from the first, on a transparent canvas.
  func merged(on area: PixelRectangle) -> FloatCanvas {
    var canvas = FloatCanvas(area)
    for layer in self { canvas.lay(layer) }
    return canvas
  }
}

extension RasterImage {
  /// This picture over white, opaque.
  func overWhite() -> RasterImage {
    guard !isOpaque else { return self }
    var result = self
    result.updatePixels { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let alpha = UInt32(bytes[first + 3])
        for channel in first..<first + 3 {
          bytes[channel] = UInt8((UInt32(bytes[channel]) * alpha + 255 * (255 - alpha) + 127) / 255)
        }
        bytes[first + 3] = 255
      }
    }
    return result
  }

  /// The largest difference of any channel to an image of the same size.
  func maximumDifference(from other: RasterImage) -> Int {
    pixels.withUnsafeBufferPointer { one in
      other.pixels.withUnsafeBufferPointer { two in
        var largest: UInt8 = 0
        for index in 0..<min(one.count, two.count) {
          largest = max(largest, max(one[index], two[index]) - min(one[index], two[index]))
        }
        return Int(largest)
      }
    }
  }
}
