import CImageCodecs

/// What one call into the C libraries has to say besides pixels.
final class CodecNotes {
  private let pointer: OpaquePointer

  /// - Precondition: There is memory for a few hundred bytes.
  init(metadataLimit: Int) {
    guard let pointer = ci_notes_make(max(0, metadataLimit)) else {
      preconditionFailure("out of memory")
    }
    self.pointer = pointer
  }

  deinit { ci_notes_free(pointer) }

  /// Lends the notes to one call.
  func withPointer<Result>(_ call: (OpaquePointer) -> Result) -> Result {
    withExtendedLifetime(self) { call(pointer) }
  }

  /// The error, in words.
  var error: String { String(cString: ci_notes_error(pointer)) }

  /// The first warning, in words.
  var warning: String? {
    let text = String(cString: ci_notes_warning(pointer))
    return text.isEmpty ? nil : text
  }

  /// The ICC profile of the picture; empty where there is none.
  var profile: [UInt8] { copy(ci_notes_profile) }

  /// The EXIF block of the picture; empty where there is none.
  var exif: [UInt8] { copy(ci_notes_exif) }

  /// The error of a call that failed on data of a format.
  func malformed(_ format: ImageFormat) -> ImageCodecError {
    let offset = ci_notes_offset(pointer)
    return ImageCodecError(
      .malformed(format, detail: error, offset: offset < 0 ? nil : Int(offset)))
  }

  private func copy(
    _ piece: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafePointer<UInt8>?
  ) -> [UInt8] {
    var count = 0
    guard let first = piece(pointer, &count) else { return [] }
    return [UInt8](UnsafeBufferPointer(start: first, count: count))
  }
}
