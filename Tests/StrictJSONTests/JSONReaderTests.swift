import StrictJSON
import Testing

/// The reader behind headers, indices and vocabularies.
struct JSONReaderTests {
  /// The error of passing over `text` as a whole, or nil.
  private func error(in text: String) -> JSONError? { error(in: Array(text.utf8)) }

  private func error(in bytes: [UInt8]) -> JSONError? {
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      try reader.skipValue()
      try reader.end()
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "{}", "[]", "0", "-0", "1.5e-10", "1E+2", "\"\"", "true", "false", "null",
    #" { "a" : [ 1 , { } , [ [ ] ] , "x" ] , "b" : null } "#, #""\"\\\/\b\f\n\r\t\u00e9""#,
  ])
  func wellFormedTextIsAccepted(text: String) {
    #expect(error(in: text) == nil)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "]", "{]", "[}", "[1,]", "[,1]", "[1 2]", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "{1:1}", "{'a':1}", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1",
    "NaN", "Infinity", "nul", "truefalse", "tru", "\"", "\"\\", "\"\\u12", "\"\\u12G4\"", "\"\\x\"",
    "\"\u{1}\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "1 1", "[] []", "//", "[1]//",
    "\u{FEFF}1",
  ])
  func malformedTextIsRefused(text: String) {
    #expect(error(in: text) != nil)
  }

  @Test func escapesAreResolved() throws {
    var reader = JSONReader(Array(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00z""#.utf8))
    #expect(try reader.text() == "a\"\\/\u{8}\u{C}\n\r\té😀z")
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(error(in: [0x22, 0xC0, 0x80, 0x22]) == JSONError(.invalidUTF8, at: 0))
    #expect(error(in: [0x22, 0xED, 0xA0, 0x80, 0x22]) == JSONError(.invalidUTF8, at: 0))
    #expect(error(in: [0x22, 0x5C, 0x6E, 0xFF, 0x22]) == JSONError(.invalidUTF8, at: 0))
  }

  @Test func depthIsLimitedAndNothingRecurses() {
    let brackets = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(error(in: brackets(128)) == nil)
    #expect(error(in: brackets(129)) == JSONError(.tooDeep(limit: 128), at: 128))
    #expect(error(in: brackets(1_000_000)) == JSONError(.tooDeep(limit: 128), at: 128))
  }

  @Test func limitsOfTextAndKeysAreKept() {
    var limits = JSONReader.Limits()
    limits.textLength = 4
    limits.keyCount = 2
    for (text, reason) in [
      ("\"12345\"", JSONError.Reason.textTooLong(limit: 4)), ("\"\\n345\"", .textTooLong(limit: 4)),
      (#"{"a":1,"b":2,"c":3}"#, .tooManyKeys(limit: 2)),
    ] {
      var reader = JSONReader(Array(text.utf8), limits: limits)
      let error = #expect(throws: JSONError.self) { try reader.skipValue() }
      #expect(error?.reason == reason)
    }
  }

  @Test func keysMayRepeatInDifferentObjectsOnly() {
    #expect(error(in: #"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#) == nil)
    #expect(error(in: #"[{"b":{"a":1,"a":2}}]"#) == JSONError(.repeatedKey("a"), at: 13))
    // One letter composed and decomposed: two names that no reader of ours could tell apart.
    #expect(error(in: "{\"\u{E9}\":1,\"e\u{301}\":2}")?.reason == .repeatedKey("e\u{301}"))
  }

  @Test func largeTablesAreReadWithoutKeepingTheirKeys() throws {
    var limits = JSONReader.Limits()
    limits.keyCount = 0
    var reader = JSONReader(Array(#"{"a\n":1,"b":2,"b":3}"#.utf8), limits: limits)
    var keys: [UInt8] = []
    try reader.beginObject()
    while try reader.nextKey(into: &keys) { try reader.skipValue() }
    try reader.end()
    #expect(keys == Array("a\nbb".utf8))
  }

  @Test func textThatIsNotUTF8CanBeReadAsBytes() throws {
    var reader = JSONReader([0x22, 0xC0, 0x5C, 0x6E, 0xFF, 0x22])
    var bytes: [UInt8] = [1]
    try reader.text(into: &bytes)
    #expect(bytes == [1, 0xC0, 0x0A, 0xFF])
  }

  @Test func numbersAreGivenAsTheyAreWritten() throws {
    var reader = JSONReader(Array("[-1.50E+2, 0]".utf8))
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try Array(reader.number()) == Array("-1.50E+2".utf8))
    #expect(try reader.nextElement())
    #expect(try Array(reader.number()) == Array("0".utf8))
    #expect(try !reader.nextElement())
  }

  @Test func truthIsOneOfTwoWords() throws {
    var reader = JSONReader(Array("[true, false, null]".utf8))
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.boolean())
    #expect(try reader.nextElement())
    #expect(try !reader.boolean())
    #expect(try reader.nextElement())
    #expect(throws: JSONError(.unexpected(expected: .boolean), at: 14)) { try reader.boolean() }
  }

  @Test func wholeNumbersAreReadToTheirLimit() throws {
    var reader = JSONReader(Array("[0,18446744073709551615,18446744073709551616]".utf8))
    try reader.beginArray()
    #expect(try reader.nextElement())
    #expect(try reader.unsignedInteger() == 0)
    #expect(try reader.nextElement())
    #expect(try reader.unsignedInteger() == .max)
    #expect(try reader.nextElement())
    #expect(throws: JSONError(.numberOutOfRange, at: 24)) { try reader.unsignedInteger() }
  }
}
