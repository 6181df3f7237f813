extension RasterImage {
  /// Multiplies each colour by its alpha, rounding as Pillow's conversion from RGBA to RGBa does.
  package mutating func premultiplyAlpha() {
    updatePixels { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let alpha = UInt32(bytes[first + 3])
        guard alpha < 255 else { continue }
        for channel in first..<first + 3 {
          bytes[channel] = premultiplied(bytes[channel], alpha: alpha)
        }
      }
    }
  }

  /// Divides each colour by its alpha, rounding down as Pillow's conversion from RGBa to RGBA does.
  ///
  /// Colours under alpha 0 stay; quotients above 255 become 255.
  package mutating func unpremultiplyAlpha() {
    updatePixels { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let alpha = UInt32(bytes[first + 3])
        guard alpha > 0, alpha < 255 else { continue }
        for channel in first..<first + 3 {
          bytes[channel] = UInt8(min(255, 255 * UInt32(bytes[channel]) / alpha))
        }
      }
    }
  }
}

/// A colour times its alpha / 255, rounded to the nearest.
@inline(__always)
func premultiplied(_ colour: UInt8, alpha: UInt32) -> UInt8 {
  UInt8(truncatingIfNeeded: dividedBy255(UInt32(colour) * alpha + 128))
}
