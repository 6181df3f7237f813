import ImageCodecs

/// How much a document may ask for; what exceeds it is refused before memory is taken.
package struct DocumentLimits: Hashable, Sendable {
  /// The most bytes of a file, 4 GiB.
  package var maximumFileByteCount = 1 << 32

  /// What each picture inside may ask for.
  package var pictures = DecodingOptions()

  /// The default limits.
  package init() {}
}
