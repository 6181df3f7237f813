import CImageCodecs

/// Makes pixels of CMYK, stored as 255 minus ink, sRGB by an ICC profile, in place.
///
/// - Returns: Whether the pixels are sRGB now; false where the profile is broken or for other
///   colours.
func convertInvertedCMYK(_ pixels: inout [UInt8], profile: ArraySlice<UInt8>) -> Bool {
  guard let notes = ci_notes_make(0) else { return false }
  defer { ci_notes_free(notes) }
  let result = pixels.withUnsafeMutableBufferPointer { target in
    profile.withUnsafeBufferPointer { profile in
      ci_convert_to_srgb(
        target.baseAddress, target.count / 4, Int32(CI_CMYK), 1, profile.baseAddress,
        profile.count, notes)
    }
  }
  return result >= 0
}
