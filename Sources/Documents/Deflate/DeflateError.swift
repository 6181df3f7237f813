/// Why bytes cannot be packed or unpacked.
package enum DeflateError: Error, Hashable, Sendable {
  /// The data is no such stream, or its checksum is wrong; zlib's own words where it has some.
  case damaged(detail: String)

  /// The data ends before the stream does.
  case truncated

  /// Fewer or more bytes come out than were announced; `found` counts no further than one too many.
  case byteCount(found: Int, expected: Int)

  /// zlib got no memory.
  case outOfMemory
}

extension DeflateError: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .damaged(let detail): "the compressed data is damaged: \(detail)"
    case .truncated: "the compressed data is cut off"
    case .byteCount(let found, let expected) where found > expected:
      "the compressed data holds more than the \(expected) bytes announced"
    case .byteCount(let found, let expected):
      "the compressed data holds \(found) bytes, expected \(expected)"
    case .outOfMemory: "no memory for compression"
    }
  }
}
