import StrictJSON

/// Reads a JSON file of a tokenizer value by value; its errors name the file.
///
/// Nothing is kept of what the caller skips, so reading a vocabulary of 150,000 entries costs no
/// tree of values. The size of the file limits texts and numbers.
struct TokenizerJSON {
  let file: String
  private var reader: JSONReader

  /// Bytes from the start of the file to the next one to read.
  var offset: Int { reader.offset }

  init(_ bytes: [UInt8], file: String) {
    self.file = file
    var limits = JSONReader.Limits()
    limits.keyCount = bytes.count
    limits.textLength = bytes.count
    limits.numberLength = bytes.count
    reader = JSONReader(bytes, limits: limits)
  }

  /// Calls `body`, which reads the value, for each member of an object.
  mutating func forEachMember(
    _ body: (inout TokenizerJSON, String) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try read("an object") { reader throws(JSONError) in try reader.beginObject() }
    while let key = try read("a key", { reader throws(JSONError) in try reader.nextKey() }) {
      try body(&self, key)
    }
  }

  /// Calls `body`, which reads the value, for each member of an object of any size.
  ///
  /// The key comes as bytes, which may be invalid UTF-8; whether it may stand twice is the
  /// caller's to check.
  mutating func forEachMemberUnchecked(
    _ body: (inout TokenizerJSON, [UInt8]) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try read("an object") { reader throws(JSONError) in try reader.beginObject() }
    var key: [UInt8] = []
    while try read("a key", { reader throws(JSONError) in try reader.nextKey(into: &key) }) {
      try body(&self, key)
      key.removeAll(keepingCapacity: true)
    }
  }

  /// Calls `body`, which reads the element, for each element of an array.
  mutating func forEachElement(
    _ body: (inout TokenizerJSON) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    try read("an array") { reader throws(JSONError) in try reader.beginArray() }
    while try read("an element", { reader throws(JSONError) in try reader.nextElement() }) {
      try body(&self)
    }
  }

  mutating func readString() throws(TokenizerError) -> String {
    try read("a string") { reader throws(JSONError) in try reader.text() }
  }

  /// Appends the bytes of a string, which may be invalid UTF-8, to `text`.
  mutating func readText(into text: inout [UInt8]) throws(TokenizerError) {
    try read("a string") { reader throws(JSONError) in try reader.text(into: &text) }
  }

  mutating func readInteger() throws(TokenizerError) -> Int {
    let digits = try read("a whole number") { reader throws(JSONError) in try reader.number() }
    let number = String(decoding: digits, as: UTF8.self)
    if let value = Int(number) { return value }
    let isWhole = !number.contains { ".eE".contains($0) }
    throw TokenizerError(
      .notJSON(expected: isWhole ? "a number below 2^63" : "a whole number"), at: .offset(offset),
      in: file)
  }

  mutating func readBool() throws(TokenizerError) -> Bool {
    try read("true or false") { reader throws(JSONError) in try reader.boolean() }
  }

  /// The kind of the next value.
  mutating func nextKind() throws(TokenizerError) -> JSONError.Kind {
    try read("a value") { reader throws(JSONError) in try reader.nextKind() }
  }

  mutating func skipValue() throws(TokenizerError) {
    try read("a value") { reader throws(JSONError) in try reader.skipValue() }
  }

  /// Checks that only white space is left.
  mutating func finish() throws(TokenizerError) {
    try read("the end of the file") { reader throws(JSONError) in try reader.end() }
  }

  /// Does one step of reading; `expected` is what the errors ask for.
  private mutating func read<Value>(
    _ expected: String, _ step: (inout JSONReader) throws(JSONError) -> Value
  ) throws(TokenizerError) -> Value {
    do throws(JSONError) {
      return try step(&reader)
    } catch {
      throw TokenizerError(error, expected: expected, in: file)
    }
  }
}

extension TokenizerError {
  fileprivate init(_ error: JSONError, expected: String, in file: String) {
    let problem: Problem
    switch error.reason {
    case .repeatedKey(let key):
      self.init(.duplicateKey, at: .entry(key), in: file)
      return
    case .tooDeep(let limit): problem = .nestedTooDeep(limit: limit)
    case .invalidUTF8, .loneSurrogate: problem = .invalidText
    case .unexpected(expected: .end), .unexpectedEnd: problem = .notJSON(expected: expected)
    case .unexpected(let kind): problem = .notJSON(expected: kind.rawValue)
    case .controlCharacter: problem = .notJSON(expected: "an escape for a control character")
    case .unknownEscape: problem = .notJSON(expected: "an escape")
    default: problem = .notJSON(expected: expected)
    }
    self.init(problem, at: .offset(error.offset), in: file)
  }
}
