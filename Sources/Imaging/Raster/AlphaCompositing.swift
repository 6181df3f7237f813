extension RasterImage {
  /// This image with another one laid over it, both of straight alpha.
  ///
  /// The result is the one of Pillow's `Image.alpha_composite(self, image)` to the last bit: integer
  /// arithmetic with weights of 7 fraction bits; where `image` has alpha 0, this image shows unchanged.
  ///
  /// - Throws: ``RasterError/sizeMismatch(found:expected:)``.
  public func composited(under image: RasterImage) throws(RasterError) -> RasterImage {
    guard image.size == size else { throw .sizeMismatch(found: image.size, expected: size) }
    var result = self
    result.composeUnder(image)
    return result
  }

  /// Lays an image of the same size over this one, in place.
  ///
  /// - Precondition: The sizes are equal.
  mutating func composeUnder(_ image: RasterImage) {
    precondition(image.size == size, "images of different sizes")
    image.pixels.withUnsafeBufferPointer { source in
      updatePixels { backdrop in
        for first in stride(from: 0, to: backdrop.count, by: 4) {
          composePixel(source, over: backdrop, at: first)
        }
      }
    }
  }
}

/// Blends the pixel at byte `first` of `source` over that of `backdrop`.
@inline(__always)
private func composePixel(
  _ source: UnsafeBufferPointer<UInt8>, over backdrop: UnsafeMutableBufferPointer<UInt8>,
  at first: Int
) {
  let alpha = UInt32(source[first + 3])
  guard alpha > 0 else { return }
  guard alpha < 255 else {
    // The weights below come to the source alone.
    for byte in first..<first + 4 { backdrop[byte] = source[byte] }
    return
  }
  // Alpha values are scaled by 255 here, weights by 255 * 128; everything fits 32 bits.
  let outputAlpha = alpha * 255 + UInt32(backdrop[first + 3]) * (255 - alpha)
  let sourceWeight = alpha * 255 * 255 * 128 / outputAlpha
  let backdropWeight = 255 * 128 - sourceWeight
  for channel in first..<first + 3 {
    let sum = UInt32(source[channel]) * sourceWeight + UInt32(backdrop[channel]) * backdropWeight
    backdrop[channel] = UInt8(truncatingIfNeeded: dividedBy255(sum + (128 << 7)) >> 7)
  }
  backdrop[first + 3] = UInt8(truncatingIfNeeded: dividedBy255(outputAlpha + 128))
}

/// `x / 255` without a division, for an `x` to which half of the divisor was already added.
@inline(__always)
func dividedBy255(_ x: UInt32) -> UInt32 {
  ((x >> 8) &+ x) >> 8
}
