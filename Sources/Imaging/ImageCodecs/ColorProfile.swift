import CImageCodecs
import Raster

/// The ICC profile of 8-bit RGB colours that are not sRGB.
package struct ColorProfile: Hashable, Sendable {
  /// The profile as files hold it.
  package let bytes: [UInt8]

  /// What stands in the pixels of a picture.
  package enum Colors {
    /// Grey in each of three bytes, and alpha.
    case grey
    /// Red, green, blue and alpha.
    case rgb
  }

  /// Takes a profile out of a file.
  ///
  /// For grey it becomes one of RGB in which neutral colours look the same, so that colours may be added. `nil` where
  /// the numbers are those of sRGB, give or take one level, or the profile is broken or for other colours.
  ///
  /// - Parameters:
  ///   - bytes: Untrusted.
  ///   - colors: What the profile is to be for.
  package init?(_ bytes: some Collection<UInt8>, of colors: Colors) {
    var count = 0
    let layout = colors == .grey ? CI_GREY : CI_RGB
    let stored = Array(bytes)
    guard let made = ci_rgb_profile(stored, stored.count, Int32(layout), &count) else { return nil }
    defer { ci_bytes_free(made) }
    self.bytes = Array(UnsafeBufferPointer(start: made, count: count))
  }

  /// Makes pixels sRGB in place, alpha left as it is.
  ///
  /// - Parameter pixels: Red, green, blue and alpha of each pixel.
  package func convertToSRGB(_ pixels: UnsafeMutableBufferPointer<UInt8>) {
    let notes = CodecNotes(metadataLimit: 0)
    notes.withPointer { notes in
      // The initializer tried the profile, so nothing is left that could fail but memory.
      _ = ci_convert_to_srgb(
        pixels.baseAddress, pixels.count / 4, Int32(CI_RGB), 0, bytes, bytes.count, notes)
    }
  }
}

extension RasterImage {
  /// The same colours in sRGB, of pixels that have a profile.
  package func convertedToSRGB(from profile: ColorProfile) -> RasterImage {
    var image = self
    image.updatePixels(profile.convertToSRGB)
    return image
  }
}
