import Glibc

/// How near a composite comes to the picture that was taken apart.
///
/// Both are compared premultiplied, so colours that nobody sees do not count; for opaque pictures that
/// is the plain comparison.
public struct Recomposition: Hashable, Sendable {
  /// Peak signal-to-noise ratio over red, green and blue, in dB with peak 255; infinite where the
  /// colours are equal.
  public let psnr: Double

  /// The largest difference of any channel of any pixel, alpha included: 0...255.
  public let maximumError: Int

  /// Compares two images of one size.
  ///
  /// - Throws: ``RasterError/sizeMismatch(found:expected:)``.
  public init(of picture: RasterImage, from composite: RasterImage) throws(RasterError) {
    guard composite.size == picture.size else {
      throw .sizeMismatch(found: picture.size, expected: composite.size)
    }
    var squares = 0
    var largest = 0
    picture.pixels.withUnsafeBufferPointer { wanted in
      composite.pixels.withUnsafeBufferPointer { found in
        for first in stride(from: 0, to: wanted.count, by: 4) {
          let wantedAlpha = UInt32(wanted[first + 3])
          let foundAlpha = UInt32(found[first + 3])
          largest = max(largest, abs(Int(wantedAlpha) - Int(foundAlpha)))
          for channel in first..<first + 3 {
            let difference =
              Int(premultiplied(wanted[channel], alpha: wantedAlpha))
              - Int(premultiplied(found[channel], alpha: foundAlpha))
            squares += difference * difference
            largest = max(largest, abs(difference))
          }
        }
      }
    }
    let meanSquare = Double(squares) / Double(picture.pixels.count / 4 * 3)
    psnr = meanSquare == 0 ? .infinity : 10 * log10(255 * 255 / meanSquare)
    maximumError = largest
  }
}
