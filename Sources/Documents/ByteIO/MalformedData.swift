/// What a file says that its format does not allow: which field, at which byte, and what is wrong.
package struct MalformedData: Error, Hashable, Sendable {
  /// What is wrong with a field.
  package enum Reason: Hashable, Sendable {
    /// The file or the section ends before the field does.
    case truncated
    /// The value is none of those that the format knows; values are texts such as "3" or
    /// "\"8BIM\"".
    case unexpected(found: String, expected: String)
    /// A count, a length or a size is beyond a limit of the format, of the bytes left or of this
    /// reader.
    case overLimit(found: Int64, limit: Int64)
    /// Anything else, in a few words that follow the field's name: "has a wrong checksum".
    case invalid(String)
  }

  /// What is wrong.
  package let reason: Reason
  /// The field in the words of the specification, with the parts around it before it: "layer 3,
  /// blend key".
  package var field: String
  /// The field's first byte, counted from the first byte of the file.
  package let offset: Int

  package init(_ reason: Reason, in field: String, at offset: Int) {
    self.reason = reason
    self.field = field
    self.offset = offset
  }

  /// The same fault with the name of the part that the field belongs to before the field's own.
  package func within(_ part: String) -> MalformedData {
    MalformedData(reason, in: "\(part), \(field)", at: offset)
  }
}

extension MalformedData: CustomStringConvertible {
  /// One line: "channel count at byte 12 is 57; expected 1...56".
  package var description: String {
    switch reason {
    case .truncated: "\(field) at byte \(offset) is cut off"
    case .unexpected(let found, let expected):
      "\(field) at byte \(offset) is \(found); expected \(expected)"
    case .overLimit(let found, let limit):
      "\(field) at byte \(offset) is \(found), beyond the limit of \(limit)"
    case .invalid(let text): "\(field) at byte \(offset) \(text)"
    }
  }
}
