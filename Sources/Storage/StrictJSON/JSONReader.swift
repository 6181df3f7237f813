/// A strict reader of JSON from untrusted bytes, one token at a time, with limits.
///
/// Stricter than most: an object that repeats a key is refused, so is any number with a fraction or
/// a sign where an integer is asked for. Keys that Unicode holds for equal count as repeated. It
/// never recurses and allocates only what the bytes themselves hold.
/// Source: RFC 8259.
package struct JSONReader {
  /// What a document may hold at most.
  package struct Limits: Sendable {
    package var depth = 128
    /// Keys of one object.
    package var keyCount = 262_144
    /// Bytes of one key or text, escapes counted as written.
    package var textLength = 16 << 20
    /// Characters of one number.
    package var numberLength = 64

    package init() {}
  }

  private struct Container {
    let isObject: Bool
    var isEmpty = true
    var keys: Set<String> = []
  }

  private let bytes: [UInt8]
  private let limits: Limits
  private var containers: [Container] = []

  /// Bytes from the start of the document to the next one to read.
  package private(set) var offset = 0

  package init(_ bytes: [UInt8], limits: Limits = Limits()) {
    self.bytes = bytes
    self.limits = limits
  }

  // MARK: Containers

  /// Enters an object; ``nextKey()`` then gives its keys.
  package mutating func beginObject() throws(JSONError) {
    try begin(with: UInt8(ascii: "{"), expecting: .object)
  }

  /// Enters an array; ``nextElement()`` then tells whether a value follows.
  package mutating func beginArray() throws(JSONError) {
    try begin(with: UInt8(ascii: "["), expecting: .array)
  }

  /// The next key of the object entered last, or nil after its last value, which leaves the object.
  package mutating func nextKey() throws(JSONError) -> String? {
    guard try advance(to: UInt8(ascii: "}"), isObject: true) else { return nil }
    let start = offset
    let key = try text()
    try passColon()
    let last = containers.count - 1
    guard containers[last].keys.count < limits.keyCount else {
      throw JSONError(.tooManyKeys(limit: limits.keyCount), at: start)
    }
    guard containers[last].keys.insert(key).inserted else {
      throw JSONError(.repeatedKey(key), at: start)
    }
    return key
  }

  /// Appends the bytes of the next key, which may be invalid UTF-8, to `buffer`.
  ///
  /// For large tables: the keys are neither kept nor counted, and whether one repeats is the
  /// caller's to check.
  ///
  /// - Returns: False after the last value of the object entered last, which leaves the object.
  package mutating func nextKey(into buffer: inout [UInt8]) throws(JSONError) -> Bool {
    guard try advance(to: UInt8(ascii: "}"), isObject: true) else { return false }
    try text(into: &buffer)
    try passColon()
    return true
  }

  /// Whether the array entered last holds a further value; false leaves the array.
  package mutating func nextElement() throws(JSONError) -> Bool {
    try advance(to: UInt8(ascii: "]"), isObject: false)
  }

  /// Checks that nothing but white space follows.
  package mutating func end() throws(JSONError) {
    skipWhitespace()
    guard offset == bytes.count else { throw unexpected(.end) }
  }

  // MARK: Values

  /// The kind of the value that follows, by its first byte.
  package mutating func nextKind() throws(JSONError) -> JSONError.Kind {
    skipWhitespace()
    switch peek() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .text
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .number
    default: throw unexpected(.value)
    }
  }

  /// A number without sign, fraction and exponent, at most `UInt64.max`.
  package mutating func unsignedInteger() throws(JSONError) -> UInt64 {
    skipWhitespace()
    let start = offset
    let token = try number()
    var value: UInt64 = 0
    for byte in token {
      guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else {
        throw JSONError(.unexpected(expected: .unsignedInteger), at: start)
      }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw JSONError(.numberOutOfRange, at: start) }
      value = sum
    }
    return value
  }

  /// A text with its escapes resolved.
  package mutating func text() throws(JSONError) -> String {
    skipWhitespace()
    let start = offset
    var unescaped: [UInt8] = []
    try text(into: &unescaped)
    guard let text = String(validating: unescaped, as: UTF8.self) else {
      throw JSONError(.invalidUTF8, at: start)
    }
    return text
  }

  /// Appends the bytes of a text with its escapes resolved, which may be invalid UTF-8, to `buffer`.
  package mutating func text(into buffer: inout [UInt8]) throws(JSONError) {
    skipWhitespace()
    guard peek() == UInt8(ascii: "\"") else { throw unexpected(.text) }
    let start = offset
    offset += 1
    while true {
      let first = offset
      while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20
      {
        offset += 1
      }
      guard offset - start - 1 <= limits.textLength else {
        throw JSONError(.textTooLong(limit: limits.textLength), at: start)
      }
      buffer.append(contentsOf: bytes[first..<offset])
      guard let byte = peek() else { throw JSONError(.unexpectedEnd, at: offset) }
      guard byte >= 0x20 else { throw JSONError(.controlCharacter(byte), at: offset) }
      offset += 1
      if byte == UInt8(ascii: "\"") { return }
      buffer.append(contentsOf: try escaped().utf8)
    }
  }

  package mutating func boolean() throws(JSONError) -> Bool {
    skipWhitespace()
    if skip("true") { return true }
    if skip("false") { return false }
    throw unexpected(.boolean)
  }

  /// The bytes of a number, by the grammar of RFC 8259, section 6.
  package mutating func number() throws(JSONError) -> ArraySlice<UInt8> {
    skipWhitespace()
    let start = offset
    if peek() == UInt8(ascii: "-") { offset += 1 }
    let leading = peek()
    let integerDigits = try digits(from: start)
    guard integerDigits == 1 || leading != UInt8(ascii: "0") else {
      throw JSONError(.leadingZero, at: start)
    }
    if peek() == UInt8(ascii: ".") {
      offset += 1
      _ = try digits(from: start)
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      offset += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { offset += 1 }
      _ = try digits(from: start)
    }
    return bytes[start..<offset]
  }

  /// Passes over one value of any kind, checking its grammar.
  package mutating func skipValue() throws(JSONError) {
    let depth = containers.count
    try skipToken()
    while containers.count > depth {
      if containers.last?.isObject == true {
        if try nextKey() != nil { try skipToken() }
      } else if try nextElement() {
        try skipToken()
      }
    }
  }

  // MARK: Bytes

  private mutating func skipToken() throws(JSONError) {
    switch try nextKind() {
    case .object: try beginObject()
    case .array: try beginArray()
    case .text: _ = try text()
    case .number: _ = try number()
    case .boolean: _ = try boolean()
    default: try null()
    }
  }

  private mutating func null() throws(JSONError) {
    guard skip("null") else { throw unexpected(.value) }
  }

  private mutating func skip(_ word: String) -> Bool {
    guard bytes[offset...].starts(with: word.utf8) else { return false }
    offset += word.utf8.count
    return true
  }

  private mutating func passColon() throws(JSONError) {
    skipWhitespace()
    guard peek() == UInt8(ascii: ":") else { throw unexpected(.colon) }
    offset += 1
  }

  private mutating func begin(
    with bracket: UInt8, expecting kind: JSONError.Kind
  ) throws(JSONError) {
    skipWhitespace()
    guard peek() == bracket else { throw unexpected(kind) }
    guard containers.count < limits.depth else {
      throw JSONError(.tooDeep(limit: limits.depth), at: offset)
    }
    offset += 1
    containers.append(Container(isObject: kind == .object))
  }

  /// Passes the comma before a member, or the closing bracket after the last one.
  private mutating func advance(to bracket: UInt8, isObject: Bool) throws(JSONError) -> Bool {
    precondition(containers.last?.isObject == isObject, "the container was not entered")
    skipWhitespace()
    let last = containers.count - 1
    if peek() == bracket {
      offset += 1
      containers.removeLast()
      return false
    }
    if !containers[last].isEmpty {
      guard peek() == UInt8(ascii: ",") else { throw unexpected(.commaOrEnd) }
      offset += 1
    }
    containers[last].isEmpty = false
    return true
  }

  private mutating func digits(from start: Int) throws(JSONError) -> Int {
    let first = offset
    while let byte = peek(), case UInt8(ascii: "0")...UInt8(ascii: "9") = byte {
      offset += 1
      guard offset - start <= limits.numberLength else {
        throw JSONError(.numberTooLong(limit: limits.numberLength), at: start)
      }
    }
    guard offset > first else { throw unexpected(.number) }
    return offset - first
  }

  /// What the escape after a backslash stands for.
  private mutating func escaped() throws(JSONError) -> String {
    guard let byte = peek() else { throw JSONError(.unexpectedEnd, at: offset) }
    offset += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let start = offset - 2
      var units = [try hexadecimal()]
      if UTF16.isLeadSurrogate(units[0]), bytes[offset...].starts(with: "\\u".utf8) {
        offset += 2
        units.append(try hexadecimal())
      }
      guard let text = String(validating: units, as: UTF16.self) else {
        throw JSONError(.loneSurrogate, at: start)
      }
      return text
    default: throw JSONError(.unknownEscape(byte), at: offset - 2)
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected(.hexadecimalDigit)
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }

  private func peek() -> UInt8? {
    offset < bytes.count ? bytes[offset] : nil
  }

  private mutating func skipWhitespace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      offset += 1
    }
  }

  private func unexpected(_ expected: JSONError.Kind) -> JSONError {
    JSONError(offset < bytes.count ? .unexpected(expected: expected) : .unexpectedEnd, at: offset)
  }
}
