import CImageCodecs
import Dispatch
import Synchronization

/// Makes pixels of CMYK, stored as 255 minus ink, sRGB by an ICC profile, in place, on all cores.
///
/// - Returns: Whether the pixels are sRGB now; false where the profile is broken or for other
///   colours.
func convertInvertedCMYK(_ pixels: inout [UInt8], profile: ArraySlice<UInt8>) -> Bool {
  pixels.withUnsafeMutableBufferPointer { target in
    profile.withUnsafeBufferPointer { profile in
      // Parts share no byte, so every thread writes its own.
      nonisolated(unsafe) let (target, profile) = (target, profile)
      let pixelCount = target.count / 4
      let partCount = pixelCount / partPixelCount + 1
      let failureCount = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: partCount) { part in
        let first = pixelCount * part / partCount * 4
        let end = pixelCount * (part + 1) / partCount * 4
        let isConverted = convert(
          UnsafeMutableBufferPointer(rebasing: target[first..<end]), by: profile)
        if !isConverted { failureCount.add(1, ordering: .relaxed) }
      }
      // The profile alone decides, so either all parts are converted or none.
      return failureCount.load(ordering: .relaxed) == 0
    }
  }
}

/// So many pixels are worth a thread.
private let partPixelCount = 1 << 18

private func convert(
  _ pixels: UnsafeMutableBufferPointer<UInt8>, by profile: UnsafeBufferPointer<UInt8>
) -> Bool {
  guard let notes = ci_notes_make(0) else { return false }
  defer { ci_notes_free(notes) }
  return ci_convert_to_srgb(
    pixels.baseAddress, pixels.count / 4, Int32(CI_CMYK), 1, profile.baseAddress, profile.count,
    notes) >= 0
}
