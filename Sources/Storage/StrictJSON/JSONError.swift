/// Why a JSON document was refused, and at which byte.
package struct JSONError: Error, Hashable, Sendable {
  /// What may stand at a place in a document.
  package enum Kind: String, Sendable {
    case object = "an object"
    case array = "an array"
    case text = "a text"
    case number = "a number"
    case unsignedInteger = "a whole number without sign"
    case boolean = "true or false"
    case null = "null"
    case value = "a value"
    case colon = "':'"
    case commaOrEnd = "',' or the closing bracket"
    case hexadecimalDigit = "a hexadecimal digit"
    case end = "the end"
  }

  package enum Reason: Hashable, Sendable {
    case unexpected(expected: Kind)
    case unexpectedEnd
    case repeatedKey(String)
    case tooManyKeys(limit: Int)
    case tooDeep(limit: Int)
    case textTooLong(limit: Int)
    case numberTooLong(limit: Int)
    case numberOutOfRange
    case leadingZero
    case invalidUTF8
    case loneSurrogate
    case controlCharacter(UInt8)
    case unknownEscape(UInt8)
  }

  package let reason: Reason
  /// Bytes from the start of the document.
  package let offset: Int

  package init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  package var description: String {
    "\(reason) at byte \(offset)"
  }
}

extension JSONError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unexpected(let expected): "expected \(expected.rawValue)"
    case .unexpectedEnd: "the text ends too early"
    case .repeatedKey(let key): "the key \(oneLine(key)) stands twice"
    case .tooManyKeys(let limit): "more than \(limit) keys"
    case .tooDeep(let limit): "nested deeper than \(limit)"
    case .textTooLong(let limit): "a text longer than \(limit) bytes"
    case .numberTooLong(let limit): "a number longer than \(limit) characters"
    case .numberOutOfRange: "a number above \(UInt64.max)"
    case .leadingZero: "a number with a leading zero"
    case .invalidUTF8: "a text that is not UTF-8"
    case .loneSurrogate: "half of a surrogate pair"
    case .controlCharacter(let byte): "the control character \(byte) inside a text"
    case .unknownEscape(let byte): "an unknown escape, byte \(byte)"
    }
  }
}
