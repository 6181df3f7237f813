/// Bytes of a file in the making; integers are big-endian.
package struct ByteWriter: Sendable {
  /// What has been written.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  /// Appends a big-endian integer.
  package mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    for shift in stride(from: Value.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Appends bytes.
  package mutating func write(_ content: some Sequence<UInt8>) {
    bytes.append(contentsOf: content)
  }

  /// Appends zeros until the number of bytes since `start` is a multiple of `alignment`.
  package mutating func pad(toMultipleOf alignment: Int, since start: Int = 0) {
    let excess = (bytes.count - start) % alignment
    guard excess > 0 else { return }
    bytes.append(contentsOf: repeatElement(0, count: alignment - excess))
  }

  /// Appends a length of type `Length` and what `content` writes, which the length counts.
  ///
  /// - Throws: ``SectionTooLong`` where the length does not fit its type, and what `content`
  ///   throws.
  package mutating func writeSection<Length: FixedWidthInteger & UnsignedInteger>(
    _ field: String, lengthAs type: Length.Type,
    content: (inout ByteWriter) throws(SectionTooLong) -> Void
  ) throws(SectionTooLong) {
    let start = bytes.count
    write(0 as Length)
    let first = bytes.count
    try content(&self)
    guard let length = Length(exactly: bytes.count - first) else {
      throw SectionTooLong(
        field: field, byteCount: bytes.count - first, limit: Length.max.magnitude)
    }
    for index in start..<first {
      bytes[index] = UInt8(truncatingIfNeeded: length >> (8 * (first - 1 - index)))
    }
  }
}

/// A section that has more bytes than its length field can count.
package struct SectionTooLong: Error, Hashable, Sendable {
  /// The section in the words of the specification.
  package let field: String
  /// The bytes that were to be written.
  package let byteCount: Int
  /// The most that the length can count.
  package let limit: UInt64

  package init(field: String, byteCount: Int, limit: some UnsignedInteger) {
    self.field = field
    self.byteCount = byteCount
    self.limit = UInt64(clamping: limit)
  }
}

extension SectionTooLong: CustomStringConvertible {
  /// One line: "layer information has 5000000000 bytes, more than the 4294967295 that its length
  /// can count".
  package var description: String {
    "\(field) has \(byteCount) bytes, more than the \(limit) that its length can count"
  }
}
