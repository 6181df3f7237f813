import CImageCodecs

/// Which colours stand in four bytes of a pixel.
enum ProfiledColors {
  /// Grey in each of three bytes, and alpha.
  case grey
  /// Red, green, blue and alpha.
  case rgb
  /// 255 minus the ink of cyan, magenta, yellow and black.
  case invertedCMYK
}

/// Makes pixels sRGB by an ICC profile, in place.
///
/// - Returns: Whether the pixels are sRGB now; false where the profile is broken or for other
///   colours.
func convertToSRGB(
  _ pixels: inout [UInt8], of colors: ProfiledColors, profile: ArraySlice<UInt8>
) -> Bool {
  let layout =
    switch colors {
    case .grey: CI_GREY
    case .rgb: CI_RGB
    case .invertedCMYK: CI_CMYK
    }
  guard let notes = ci_notes_make(0) else { return false }
  defer { ci_notes_free(notes) }
  let result = pixels.withUnsafeMutableBufferPointer { target in
    profile.withUnsafeBufferPointer { profile in
      ci_convert_to_srgb(
        target.baseAddress, target.count / 4, Int32(layout), 1, profile.baseAddress, profile.count,
        notes)
    }
  }
  return result >= 0
}
