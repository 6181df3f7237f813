/// Bytes that only the format they came from understands, kept so that it can write them back.
package struct PreservedBlock: Hashable, Sendable {
  /// The format, by its usual extension: "psd", "ora".
  package var format: String

  /// What the format calls the block, such as the key "lfx2".
  package var key: String

  /// The content, without key and length.
  package var bytes: [UInt8]

  /// Makes a block of its parts.
  package init(format: String, key: String, bytes: [UInt8]) {
    self.format = format
    self.key = key
    self.bytes = bytes
  }
}
