import FileTesting
import Safetensors
import StrictJSON
import Testing

/// Headers as a whole: their length, their text, their limits.
struct HeaderTests {
  @Test func fileOfFewerThanEightBytesIsTooShort() throws {
    for count in 1..<8 {
      #expect(
        try ExampleFile.refusal(of: [UInt8](repeating: 0, count: count))
          == .tooShort(byteCount: count))
    }
  }

  @Test func headerLengthOfZeroIsRefused() throws {
    #expect(try ExampleFile("", statedLength: 0).refusal() == .emptyHeader)
  }

  @Test func headerLengthBeyondTheFileIsRefused() throws {
    #expect(
      try ExampleFile("{}", statedLength: 3).refusal() == .headerBeyondEnd(3, byteCount: 10))
    #expect(
      try ExampleFile("{}", statedLength: 100_000_000).refusal()
        == .headerBeyondEnd(100_000_000, byteCount: 10))
  }

  @Test(arguments: [100_000_001, 1 << 63, .max] as [UInt64])
  func headerLengthAboveTheLimitIsRefused(length: UInt64) throws {
    #expect(
      try ExampleFile("{}", statedLength: length).refusal()
        == .headerTooLong(length, limit: 100_000_000))
  }

  @Test(arguments: [" {}", "\n{}", "[]", "\u{FEFF}{}", "null", "x"])
  func headerMustStartWithTheBrace(text: String) throws {
    let first = try #require(text.utf8.first)
    #expect(try ExampleFile(text).refusal() == .headerNotAnObject(firstByte: first))
  }

  @Test(arguments: ["{} ", "{}\r\n", "{}\t  ", "{ }"])
  func whiteSpaceMayFollowTheHeader(text: String) throws {
    #expect(try ExampleFile(text).refusal() == nil)
  }

  @Test func anythingElseAfterTheHeaderIsRefused() throws {
    #expect(
      try ExampleFile("{}{}").refusal()
        == .malformedHeader(JSONError(.unexpected(expected: .end), at: 2)))
    #expect(
      try ExampleFile("{}\0").refusal()
        == .malformedHeader(JSONError(.unexpected(expected: .end), at: 2)))
  }

  @Test func headerThatIsNotUTF8IsRefused() throws {
    let header = Array(#"{"a"#.utf8) + [0xFF] + Array(#"":{}}"#.utf8)
    #expect(
      try ExampleFile(header).refusal() == .malformedHeader(JSONError(.invalidUTF8, at: 1)))
  }

  @Test func cutHeaderIsRefusedAtItsEnd() throws {
    #expect(
      try ExampleFile(#"{"a":{"dtype""#).refusal()
        == .malformedHeader(JSONError(.unexpectedEnd, at: 13)))
  }

  @Test func repeatedNameIsRefused() throws {
    let tensor = #"{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
    #expect(
      try ExampleFile(#"{"a":\#(tensor),"a":\#(tensor)}"#).refusal()
        == .malformedHeader(JSONError(.repeatedKey("a"), at: 53)))
    // The escape spells the same letter.
    #expect(
      try ExampleFile(#"{"a":\#(tensor),"\u0061":\#(tensor)}"#).refusal()
        == .malformedHeader(JSONError(.repeatedKey("a"), at: 53)))
    #expect(
      try ExampleFile(#"{"__metadata__":{},"__metadata__":{}}"#).refusal()
        == .malformedHeader(JSONError(.repeatedKey("__metadata__"), at: 19)))
  }

  @Test(arguments: [
    #"{"__metadata__":{"a":1}}"#, #"{"__metadata__":[]}"#, #"{"__metadata__":"a"}"#,
    #"{"__metadata__":{"a":{}}}"#, #"{"__metadata__":{"a":null}}"#,
  ])
  func metadataMustBeTextByText(text: String) throws {
    guard case .malformedHeader(let error) = try ExampleFile(text).refusal() else {
      Issue.record("\(text) was accepted")
      return
    }
    let expected: [JSONError.Kind] = [.text, .object]
    #expect(expected.contains { error.reason == .unexpected(expected: $0) })
  }

  @Test func hugeMetadataTextIsRefused() throws {
    let text = String(repeating: "x", count: 17 << 20)
    #expect(
      try ExampleFile(#"{"__metadata__":{"a":"\#(text)"}}"#).refusal()
        == .malformedHeader(JSONError(.textTooLong(limit: 16 << 20), at: 21)))
  }

  @Test func deepNestingIsRefused() throws {
    let nested = String(repeating: "[", count: 100_000)
    #expect(
      try ExampleFile(#"{"a":{"x":\#(nested)"#).refusal()
        == .malformedHeader(JSONError(.tooDeep(limit: 128), at: 136)))
  }

  @Test func tooManyTensorsAreRefused() throws {
    let tensors = (0...262_144).map { #""\#($0)":{}"# }.joined(separator: ",")
    guard
      case .malformedHeader(let error) = try ExampleFile("{\(tensors)}").refusal()
    else {
      Issue.record("accepted")
      return
    }
    #expect(error.reason == .tooManyKeys(limit: 262_144))
  }

  @Test func emptyHeaderAloneIsALegalFile() throws {
    #expect(try ExampleFile("{}").refusal() == nil)
  }
}
