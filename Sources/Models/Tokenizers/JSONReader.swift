/// Reads JSON value by value from bytes, strictly: no duplicate keys, valid text, limited nesting.
///
/// Nothing is kept of what the caller skips, so reading a vocabulary of 150,000 entries costs no
/// tree of values. Source: RFC 8259.
struct JSONReader {
  /// How deep arrays and objects may nest.
  static let deepestNesting = 128

  let file: String
  private let bytes: [UInt8]
  private(set) var offset = 0
  private var depth = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Calls `body`, which reads the value, for each member of an object.
  ///
  /// The key comes as bytes, which may still be invalid UTF-8; whether it may stand twice is the
  /// caller's to check.
  mutating func forEachMemberUnchecked(
    _ body: (inout JSONReader, [UInt8]) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try descend()
    try consume(UInt8(ascii: "{"), "an object")
    var key: [UInt8] = []
    if try peek("a key or }") == UInt8(ascii: "}") {
      offset += 1
    } else {
      repeat {
        key.removeAll(keepingCapacity: true)
        try readText(into: &key, "a key")
        try consume(UInt8(ascii: ":"), "a colon")
        try body(&self, key)
      } while try hasNext(closing: UInt8(ascii: "}"))
    }
    depth -= 1
  }

  /// Calls `body` for each member of an object; `body` reads the value.
  mutating func forEachMember(
    _ body: (inout JSONReader, String) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    var keys: Set<String> = []
    try forEachMemberUnchecked { (reader, bytes) throws(TokenizerError) in
      let key = try reader.text(bytes)
      guard keys.insert(key).inserted else {
        throw TokenizerError(.duplicateKey, at: .entry(key), in: reader.file)
      }
      try body(&reader, key)
    }
  }

  /// Calls `body` for each element of an array; `body` reads it.
  mutating func forEachElement(
    _ body: (inout JSONReader) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try descend()
    try consume(UInt8(ascii: "["), "an array")
    if try peek("an element or ]") == UInt8(ascii: "]") {
      offset += 1
    } else {
      repeat { try body(&self) } while try hasNext(closing: UInt8(ascii: "]"))
    }
    depth -= 1
  }

  mutating func readString() throws(TokenizerError) -> String {
    var bytes: [UInt8] = []
    try readText(into: &bytes, "a string")
    return try text(bytes)
  }

  /// Reads a string and appends its unescaped bytes, which may still be invalid UTF-8, to `text`.
  mutating func readText(into text: inout [UInt8], _ expected: String) throws(TokenizerError) {
    try consume(UInt8(ascii: "\""), expected)
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      switch byte {
      case UInt8(ascii: "\""): return
      case UInt8(ascii: "\\"): try readEscape(into: &text)
      case 0..<0x20: throw fault(.notJSON(expected: "an escape for a control character"))
      default: text.append(byte)
      }
    }
    throw fault(.notJSON(expected: "a closing quote"))
  }

  mutating func readInteger() throws(TokenizerError) -> Int {
    let isNegative = try peek("a whole number") == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    let start = offset
    var value = 0
    while offset < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[offset] {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(bytes[offset] - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw fault(.notJSON(expected: "a number below 2^63")) }
      value = sum
      offset += 1
    }
    let next = offset < bytes.count ? bytes[offset] : 0
    guard offset > start, bytes[start] != UInt8(ascii: "0") || offset == start + 1,
      ![UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(next)
    else { throw fault(.notJSON(expected: "a whole number")) }
    return isNegative ? -value : value
  }

  mutating func readBool() throws(TokenizerError) -> Bool {
    let isTrue = try peek("true or false") == UInt8(ascii: "t")
    try consumeWord(isTrue ? "true" : "false")
    return isTrue
  }

  /// The first byte of the next value, which tells its kind.
  mutating func peekValue() throws(TokenizerError) -> UInt8 {
    try peek("a value")
  }

  mutating func skipValue() throws(TokenizerError) {
    switch try peekValue() {
    case UInt8(ascii: "{"):
      try forEachMemberUnchecked { (reader, _) throws(TokenizerError) in try reader.skipValue() }
    case UInt8(ascii: "["):
      try forEachElement { (reader) throws(TokenizerError) in try reader.skipValue() }
    case UInt8(ascii: "\""):
      var ignored: [UInt8] = []
      try readText(into: &ignored, "a string")
    case UInt8(ascii: "t"): try consumeWord("true")
    case UInt8(ascii: "f"): try consumeWord("false")
    case UInt8(ascii: "n"): try consumeWord("null")
    default: try skipNumber()
    }
  }

  /// Checks that only white space is left.
  mutating func finish() throws(TokenizerError) {
    skipWhitespace()
    guard offset == bytes.count else { throw fault(.notJSON(expected: "the end of the file")) }
  }

  private mutating func skipNumber() throws(TokenizerError) {
    skip(UInt8(ascii: "-"))
    let isZero = skip(UInt8(ascii: "0"))
    var isNumber = isZero || skipDigits()
    if isNumber, skip(UInt8(ascii: ".")) { isNumber = skipDigits() }
    if isNumber, skip(UInt8(ascii: "e"), UInt8(ascii: "E")) {
      skip(UInt8(ascii: "+"), UInt8(ascii: "-"))
      isNumber = skipDigits()
    }
    guard isNumber else { throw fault(.notJSON(expected: "a value")) }
  }

  /// Skips one or more digits, if there are any.
  private mutating func skipDigits() -> Bool {
    let start = offset
    while offset < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[offset] {
      offset += 1
    }
    return offset > start
  }

  /// Skips the next byte if it is one of `choices`.
  @discardableResult
  private mutating func skip(_ choices: UInt8...) -> Bool {
    guard offset < bytes.count, choices.contains(bytes[offset]) else { return false }
    offset += 1
    return true
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(TokenizerError) {
    guard offset < bytes.count else { throw fault(.notJSON(expected: "an escape")) }
    let byte = bytes[offset]
    offset += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      let first = try readHexadecimal()
      var units = [first]
      if case 0xD800...0xDBFF = first, offset + 1 < bytes.count,
        bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u")
      {
        offset += 2
        units.append(try readHexadecimal())
      }
      guard let decoded = String(validating: units, as: UTF16.self) else {
        throw fault(.invalidText)
      }
      text.append(contentsOf: decoded.utf8)
    default: throw fault(.notJSON(expected: "an escape"))
    }
  }

  private mutating func readHexadecimal() throws(TokenizerError) -> UInt16 {
    guard offset + 4 <= bytes.count else { throw fault(.notJSON(expected: "four digits")) }
    var value: UInt16 = 0
    for byte in bytes[offset..<offset + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw fault(.notJSON(expected: "four digits"))
      }
      value = value << 4 | UInt16(digit)
    }
    offset += 4
    return value
  }

  /// After a value: true where a comma announces another, false at the closing bracket.
  private mutating func hasNext(closing: UInt8) throws(TokenizerError) -> Bool {
    let byte = try peek("a comma or a closing bracket")
    guard byte == UInt8(ascii: ",") || byte == closing else {
      throw fault(.notJSON(expected: "a comma or a closing bracket"))
    }
    offset += 1
    return byte != closing
  }

  private mutating func descend() throws(TokenizerError) {
    guard depth < Self.deepestNesting else {
      throw fault(.nestedTooDeep(limit: Self.deepestNesting))
    }
    depth += 1
  }

  private mutating func consume(_ byte: UInt8, _ expected: String) throws(TokenizerError) {
    guard try peek(expected) == byte else { throw fault(.notJSON(expected: expected)) }
    offset += 1
  }

  private mutating func consumeWord(_ word: String) throws(TokenizerError) {
    guard bytes[offset...].starts(with: word.utf8) else {
      throw fault(.notJSON(expected: word))
    }
    offset += word.utf8.count
  }

  private mutating func peek(_ expected: String) throws(TokenizerError) -> UInt8 {
    skipWhitespace()
    guard offset < bytes.count else { throw fault(.notJSON(expected: expected)) }
    return bytes[offset]
  }

  private mutating func skipWhitespace() {
    while offset < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[offset]) { offset += 1 }
  }

  private func text(_ bytes: [UInt8]) throws(TokenizerError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw fault(.invalidText) }
    return text
  }

  private func fault(_ problem: TokenizerError.Problem) -> TokenizerError {
    TokenizerError(problem, at: .offset(offset), in: file)
  }
}
