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

  /// Lays an image over what is there; what lies outside the area is left out.
  mutating func lay(_ layer: PlacedImage) {
    forEachVisiblePixel(of: layer) { _, old, new in old = new }
  }

  /// Lays an image over what is there and says what that changes.
  ///
  /// - Returns: For each pixel that the layer and the area share how far the channel that moves most does, alpha included,
  ///   in 128ths of a level, rounded up.
  mutating func layMeasuring(_ layer: PlacedImage) -> [UInt16] {
    guard let shared = layer.frame.shared(with: area) else { return [] }
    return [UInt16](unsafeUninitializedCapacity: shared.width * shared.height) { bytes, count in
      count = shared.width * shared.height
      bytes.initialize(repeating: 0)
      forEachVisiblePixel(of: layer) { index, old, new in
        let difference = new - old
        old = new
        let change = max(difference.max(), -difference.min())
        bytes[index] = UInt16(min(change * 128, 65_535).rounded(.up))
      }
    }
  }

  /// Calls `body` with the index among the pixels that both share, the pixel of the canvas, and that pixel under the layer's.
  @inline(__always)
  private mutating func forEachVisiblePixel(
    of layer: PlacedImage, _ body: (Int, inout SIMD4<Float>, SIMD4<Float>) -> Void
  ) {
    let frame = layer.frame
    guard let shared = frame.shared(with: area) else { return }
    layer.image.pixels.withUnsafeBytes { source in
      pixels.withUnsafeMutableBufferPointer { target in
        for row in 0..<shared.height {
          let start = (shared.y - area.y + row) * area.width + shared.x - area.x
          let first = (shared.y - frame.y + row) * frame.width + shared.x - frame.x
          for column in 0..<shared.width {
            let pixel = source.loadUnaligned(
              fromByteOffset: (first + column) * 4, as: SIMD4<UInt8>.self)
            guard pixel.w > 0 else { continue }
            let color = SIMD4(Float(pixel.x), Float(pixel.y), Float(pixel.z), 255)
            let index = row * shared.width + column
            guard pixel.w < 255 else {
              body(index, &target[start + column], color)
              continue
            }
            let weight = Float(pixel.w) / 255
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
        let bytes = UnsafeMutableRawBufferPointer(bytes)
        for (index, pixel) in pixels.enumerated() {
          guard pixel.w >= 0.5 else { continue }
          bytes.storeBytes(of: rounded(pixel), toByteOffset: index * 4, as: SIMD4<UInt8>.self)
        }
      }
    }
    return image
  }

  /// Whether nothing shines through anywhere, once rounded.
  var isOpaque: Bool { !pixels.contains { $0.w < 254.5 } }

  /// The largest difference of any channel between this over white, rounded as ``image()`` does, and an opaque picture of
  /// which the area is a part.
  func difference(overWhiteFrom picture: RasterImage) -> Int {
    var largest = SIMD4<UInt8>.zero
    picture.pixels.withUnsafeBytes { bytes in
      pixels.withUnsafeBufferPointer { pixels in
        let width = picture.size.width
        for row in 0..<area.height {
          let start = (area.y + row) * width + area.x
          for column in 0..<area.width {
            let pixel = pixels[row * area.width + column]
            let shown = pixel.w >= 0.5 ? rounded(pixel).overWhite : SIMD4(repeating: 255)
            let wanted = bytes.loadUnaligned(
              fromByteOffset: (start + column) * 4, as: SIMD4<UInt8>.self)
            let difference = pointwiseMax(shown, wanted) &- pointwiseMin(shown, wanted)
            largest = pointwiseMax(largest, difference)
          }
        }
      }
    }
    return Int(max(largest.x, largest.y, largest.z))
  }
}

/// A premultiplied pixel, with alpha above 0, as bytes of straight alpha.
@inline(__always)
private func rounded(_ pixel: SIMD4<Float>) -> SIMD4<UInt8> {
  var straight = pixel
  if pixel.w < 255 {
    straight = pixel * (255 / pixel.w)
    straight.w = pixel.w
  }
  let bounded = pointwiseMin(straight + 0.5, SIMD4(repeating: 255))
  return SIMD4(UInt8(bounded.x), UInt8(bounded.y), UInt8(bounded.z), UInt8(bounded.w))
}

extension SIMD4<UInt8> {
  /// A pixel of straight alpha over white, rounded to the nearest.
  @inline(__always)
  var overWhite: SIMD4<UInt8> {
    guard w < 255 else { return self }
    let alpha = UInt32(w)
    func shown(_ color: UInt8) -> UInt8 {
      UInt8((UInt32(color) * alpha + 255 * (255 - alpha) + 127) / 255)
    }
    return SIMD4(shown(x), shown(y), shown(z), 255)
  }
}

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
      let bytes = UnsafeMutableRawBufferPointer(bytes)
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let pixel = bytes.load(fromByteOffset: first, as: SIMD4<UInt8>.self)
        guard pixel.w < 255 else { continue }
        bytes.storeBytes(of: pixel.overWhite, toByteOffset: first, as: SIMD4<UInt8>.self)
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
