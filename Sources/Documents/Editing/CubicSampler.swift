import Dispatch
import Raster

/// Reads an image between its pixels: cubic convolution (a = -0.5) of four by four pixels, with colours
/// multiplied by alpha, so that transparent pixels lend their colour to none.
struct CubicSampler: Sendable {
  private let image: RasterImage
  private let outside: SIMD4<Float>

  /// What lies beyond the edges has the colour `outside`.
  init(_ image: RasterImage, outside: RGBAPixel) {
    self.image = image
    self.outside = premultiplied(
      SIMD4(outside.red, outside.green, outside.blue, outside.alpha))
  }

  /// The colour at a point, rounded to the nearest bytes; pixel (0, 0) has its centre at (0.5, 0.5).
  func pixel(x: Double, y: Double) -> SIMD4<UInt8> {
    let (column, row) = (x - 0.5, y - 0.5)
    let size = image.size
    // Beyond the reach of the edges, and before anything becomes an integer.
    guard column > -3, row > -3, column < Double(size.width) + 2, row < Double(size.height) + 2
    else { return straight(outside) }
    let (left, top) = (Int(column.rounded(.down)), Int(row.rounded(.down)))
    let across = cubicWeights(Float(column - Double(left)))
    let down = cubicWeights(Float(row - Double(top)))
    var sum = SIMD4<Float>.zero
    image.pixels.withUnsafeBytes { bytes in
      for j in 0..<4 {
        let y = top + j - 1
        var line = SIMD4<Float>.zero
        for i in 0..<4 {
          let x = left + i - 1
          let isInside = x >= 0 && y >= 0 && x < size.width && y < size.height
          let pixel =
            isInside
            ? premultiplied(
              bytes.loadUnaligned(
                fromByteOffset: (y * size.width + x) * 4, as: SIMD4<UInt8>.self))
            : outside
          line += pixel * across[i]
        }
        sum += line * down[j]
      }
    }
    return straight(sum)
  }
}

/// Runs a loop over rows on all cores, a run of rows at a time.
func inRows(_ count: Int, _ body: (_ row: Int) -> Void) {
  let height = 32
  withoutActuallyEscaping(body) { body in
    // Rows share no byte, so every thread writes its own.
    nonisolated(unsafe) let body = body
    DispatchQueue.concurrentPerform(iterations: (count + height - 1) / height) { run in
      for row in run * height..<min(count, (run + 1) * height) { body(row) }
    }
  }
}

/// The weights of the four pixels around a place, `fraction` behind the second.
private func cubicWeights(_ fraction: Float) -> SIMD4<Float> {
  let t = fraction
  return SIMD4(
    ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1,
    ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t)
}

/// Colours times alpha / 255, alpha as it is; all 0...255.
@inline(__always)
private func premultiplied(_ bytes: SIMD4<UInt8>) -> SIMD4<Float> {
  let pixel = SIMD4<Float>(bytes)
  var result = pixel * (pixel.w / 255)
  result.w = pixel.w
  return result
}

/// Colours divided by alpha and rounded; where alpha rounds to 0 the pixel is clear.
@inline(__always)
private func straight(_ pixel: SIMD4<Float>) -> SIMD4<UInt8> {
  let alpha = min(max(pixel.w, 0), 255)
  guard alpha >= 0.5 else { return .zero }
  var result = pixel * (255 / alpha)
  result.w = alpha
  result.clamp(lowerBound: .zero, upperBound: SIMD4(repeating: 255))
  return SIMD4<UInt8>(truncatingIfNeeded: SIMD4<Int32>(result + 0.5))
}
