/// A cursor over the bytes of a file, or of one section of it.
///
/// Integers are big-endian. Nothing is copied: byte ranges share the file's storage, and a reader
/// for a section cannot leave it. Offsets are counted from the first byte of the file in every
/// reader.
package struct ByteReader: Sendable {
  private let bytes: ArraySlice<UInt8>

  /// The next byte to be read, counted from the start of the file.
  package private(set) var offset: Int

  /// Reads all of a file.
  package init(_ bytes: [UInt8]) { self.init(bytes[...]) }

  /// Reads one part of a file; its indices are the offsets in the file.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  /// The offset after the last byte.
  package var end: Int { bytes.endIndex }

  /// The bytes that are left.
  package var remainingCount: Int { bytes.endIndex - offset }

  /// Whether every byte has been read.
  package var isAtEnd: Bool { remainingCount == 0 }

  /// Reads a big-endian integer.
  package mutating func read<Value: FixedWidthInteger>(
    _ field: @autoclosure () -> String, as type: Value.Type = Value.self
  ) throws(MalformedData) -> Value {
    guard let value = peek(as: type) else {
      throw MalformedData(.truncated, in: field(), at: offset)
    }
    offset += Value.bitWidth / 8
    return value
  }

  /// Reads an integer that must be one of a few.
  package mutating func read<Value: FixedWidthInteger>(
    _ field: @autoclosure () -> String, oneOf allowed: Value...
  ) throws(MalformedData) -> Value {
    let start = offset
    let value = try read(field(), as: Value.self)
    guard allowed.contains(value) else {
      let expected = allowed.map { "\($0)" }.joined(separator: " or ")
      throw MalformedData(
        .unexpected(found: "\(value)", expected: expected), in: field(), at: start)
    }
    return value
  }

  /// Reads an integer that must lie in a range.
  package mutating func read<Value: FixedWidthInteger>(
    _ field: @autoclosure () -> String, in allowed: ClosedRange<Value>
  ) throws(MalformedData) -> Value {
    let start = offset
    let value = try read(field(), as: Value.self)
    guard allowed.contains(value) else {
      throw MalformedData(
        .unexpected(found: "\(value)", expected: "\(allowed)"), in: field(), at: start)
    }
    return value
  }

  /// Reads bytes without copying them.
  package mutating func readBytes(
    _ field: @autoclosure () -> String, count: Int
  ) throws(MalformedData) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remainingCount else {
      throw MalformedData(.truncated, in: field(), at: offset)
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// Reads a length, a big-endian integer of type `Length`, and makes a reader of the bytes it
  /// counts.
  ///
  /// - Throws: ``MalformedData`` at the length where it counts more bytes than there are.
  package mutating func readSection<Length: FixedWidthInteger & UnsignedInteger>(
    _ field: @autoclosure () -> String, lengthAs type: Length.Type
  ) throws(MalformedData) -> ByteReader {
    let start = offset
    let length = try read("length of \(field())", as: type)
    guard let count = Int(exactly: length), count <= remainingCount else {
      throw MalformedData(
        .overLimit(found: Int64(clamping: length), limit: Int64(remainingCount)),
        in: "length of \(field())", at: start)
    }
    return ByteReader(try readBytes(field(), count: count))
  }

  /// Reads every byte that is left.
  package mutating func readRemainder() -> ArraySlice<UInt8> {
    defer { offset = end }
    return bytes[offset...]
  }

  /// The next integer without moving on, after looking over `distance` bytes, 0 or more; `nil`
  /// where too few bytes are left.
  package func peek<Value: FixedWidthInteger>(
    as type: Value.Type = Value.self, after distance: Int = 0
  ) -> Value? {
    let width = Value.bitWidth / 8
    guard distance >= 0, distance <= remainingCount, remainingCount - distance >= width else {
      return nil
    }
    var value: Value = 0
    for byte in bytes[offset + distance..<offset + distance + width] {
      value =
        Value.bitWidth > 8
        ? value << 8 | Value(truncatingIfNeeded: byte) : Value(truncatingIfNeeded: byte)
    }
    return value
  }
}
