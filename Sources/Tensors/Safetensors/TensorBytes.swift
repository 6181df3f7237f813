/// The bytes of one tensor and the object that keeps them in place.
///
/// The address need not be a multiple of the element's size: files with several dtypes may put a
/// tensor anywhere.
package struct TensorBytes: @unchecked Sendable {
  /// For code that keeps `owner` itself, such as a tensor made over them without a copy.
  ///
  /// They are valid as long as `owner` lives, which Swift may end right after its last use:
  /// ``withUnsafeBytes(_:)`` is safe from that. Never to be written to.
  package let bytes: UnsafeRawBufferPointer
  package let owner: MappedFile

  /// Gives the bytes to `body`, and keeps them in place while it runs.
  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(owner) {} }
    return try body(bytes)
  }

  /// Gives the memory behind the bytes back to the system where they are not needed for a while.
  ///
  /// They stay valid: the next touch reads the file again.
  package func discard() {
    withUnsafeBytes { owner.discard($0) }
  }

  /// A copy of the bytes.
  package func copied() -> [UInt8] {
    withUnsafeBytes { Array($0) }
  }
}
