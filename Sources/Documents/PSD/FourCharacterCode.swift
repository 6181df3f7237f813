import ByteIO

/// Four bytes that name a signature, a blend mode or a block: "8BIM", "norm", "luni".
package struct FourCharacterCode: RawRepresentable, Hashable, Sendable {
  /// The bytes as one big-endian integer.
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
}

extension FourCharacterCode: ExpressibleByStringLiteral {
  /// - Precondition: Four ASCII characters.
  package init(stringLiteral text: String) {
    precondition(text.utf8.count == 4, "four characters")
    rawValue = text.utf8.reduce(0) { $0 << 8 | UInt32($1) }
  }
}

extension FourCharacterCode: CustomStringConvertible {
  /// The four characters, as Latin-1.
  package var text: String {
    String(
      String.UnicodeScalarView(
        stride(from: 24, through: 0, by: -8).map {
          Unicode.Scalar(UInt8(truncatingIfNeeded: rawValue >> UInt32($0)))
        }))
  }

  /// The characters in quotes, those that cannot be printed escaped.
  package var description: String {
    "\"\(text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined())\""
  }
}

extension ByteReader {
  /// Reads four characters.
  mutating func readCode(
    _ field: @autoclosure () -> String
  ) throws(MalformedData) -> FourCharacterCode {
    FourCharacterCode(rawValue: try read(field()))
  }

  /// Reads four characters that must be one of a few.
  mutating func readCode(
    _ field: @autoclosure () -> String, oneOf allowed: FourCharacterCode...
  ) throws(MalformedData) -> FourCharacterCode {
    let start = offset
    let code = try readCode(field())
    guard allowed.contains(code) else {
      let expected = allowed.map(\.description).joined(separator: " or ")
      throw MalformedData(
        .unexpected(found: code.description, expected: expected), in: field(), at: start)
    }
    return code
  }

  /// Reads the number of a case.
  mutating func read<Value: RawRepresentable & CaseIterable>(
    _ field: @autoclosure () -> String, as type: Value.Type = Value.self
  ) throws(MalformedData) -> Value where Value.RawValue: FixedWidthInteger {
    let start = offset
    let number = try read(field(), as: Value.RawValue.self)
    guard let value = Value(rawValue: number) else {
      let expected = Value.allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
      throw MalformedData(
        .unexpected(found: "\(number)", expected: "one of \(expected)"), in: field(), at: start)
    }
    return value
  }
}
