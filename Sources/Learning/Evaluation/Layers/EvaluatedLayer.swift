import Raster

/// A layer, or some merged, as the protocol compares it: its channels apart, so that sums over a channel run over bytes in
/// a row.
final class EvaluatedLayer: Sendable {
  let image: RasterImage
  /// Red, green, blue and alpha, a byte a pixel each.
  let planes: [[UInt8]]
  /// 255 where alpha is above 0, else 0.
  let mask: [UInt8]
  /// Pixels whose alpha is above 0.
  let coveredCount: Int

  init(_ image: RasterImage) {
    self.image = image
    let count = image.pixels.count / 4
    let planes = (0..<4).map { channel in
      [UInt8](unsafeUninitializedCapacity: count) { bytes, filledCount in
        image.pixels.withUnsafeBufferPointer { pixels in
          for index in 0..<count { bytes[index] = pixels[4 * index + channel] }
        }
        filledCount = count
      }
    }
    let mask = planes[3].map { $0 > 0 ? 255 : 0 as UInt8 }
    self.planes = planes
    self.mask = mask
    coveredCount = mask.reduce(0) { $0 + ($1 == 0 ? 0 : 1) }
  }

  /// Whether a pixel has alpha above 0 in both.
  func overlaps(_ other: EvaluatedLayer) -> Bool {
    mask.withUnsafeBufferPointer { a in
      other.mask.withUnsafeBufferPointer { b in
        for index in 0..<min(a.count, b.count) where a[index] & b[index] != 0 { return true }
        return false
      }
    }
  }
}
