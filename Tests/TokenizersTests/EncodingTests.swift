import Testing
import Tokenizers

@Suite struct EncodingTests {
  @Test func emptyTextHasNoTokens() throws {
    #expect(try RealVocabulary.tokenizer().encode("") == [])
    #expect(try RealVocabulary.tokenizer().encode([]) == [])
  }

  @Test func aMegabyteOfOneLetterTakesTheLongestTokenAgainAndAgain() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let ids = try tokenizer.encode(String(repeating: "a", count: 1_000_000))
    let eight = try #require(tokenizer.id(of: "aaaaaaaa"))
    #expect(ids == Array(repeating: eight, count: 125_000))
  }

  @Test func aStormOfMarksIsSortedByClass() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let count = 100_000
    let storm = "a" + String(repeating: "\u{301}\u{323}", count: count)
    let sorted =
      "\u{1EA1}" + String(repeating: "\u{323}", count: count - 1)
      + String(repeating: "\u{301}", count: count)
    #expect(
      try tokenizer.decode(tokenizer.encode(storm)).unicodeScalars.elementsEqual(
        sorted.unicodeScalars))
  }

  @Test(arguments: [
    ("e\u{301}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
    ("\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}"), ("\u{10418}\u{308}", "\u{10418}\u{308}"),
    ("\u{F73}\u{301}", "\u{F71}\u{F72}\u{301}"), ("\u{915}\u{93C}", "\u{915}\u{93C}"),
    ("\u{1113}\u{1161}", "\u{1113}\u{1161}"), ("\u{1112}\u{1176}", "\u{1112}\u{1176}"),
  ])
  func textIsComposedCanonically(text: String, composed: String) throws {
    let tokenizer = try Qwen2Tokenizer.byteLevel()
    #expect(try tokenizer.encode(text) == composed.utf8.map(Int.init))
  }

  @Test func specialTokensInAUsersTextAreText() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    for literal in tokenizer.addedTokens.map(\.text) {
      let ids = try tokenizer.encode([
        .template("<|im_start|>"), .verbatim("a \(literal) b"), .template("<|im_end|>"),
      ])
      #expect(ids.first == 151_644)
      #expect(ids.last == 151_645)
      #expect(ids.dropFirst().dropLast().allSatisfy { $0 < 151_643 })
      #expect(tokenizer.decode(ids) == "<|im_start|>a \(literal) b<|im_end|>")
      #expect(try tokenizer.encode(literal) == [tokenizer.id(of: literal)])
    }
  }

  @Test func aSpecialTokenIsNotMadeAcrossTheBorderOfAUsersText() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let ids = try tokenizer.encode([.template("<|im_"), .verbatim("start|>")])
    #expect(ids.allSatisfy { $0 < 151_643 })
    #expect(try tokenizer.encode([.template("<|im_"), .template("start|>")]) == [151_644])
  }

  @Test(arguments: ["\nabc", "\u{301}x", "s", " ", "  y", "'s", "\r\n\r\n!", "12"])
  func wordsJoinAcrossTheBordersOfSegments(text: String) throws {
    let tokenizer = try RealVocabulary.tokenizer()
    for template in ["user\n", "e", "it'", "a ", "?", "7"] {
      let segments = [PromptSegment.template(template), .verbatim(text), .template("z")]
      #expect(try tokenizer.encode(segments) == tokenizer.encode(template + text + "z"))
    }
  }

  @Test func textBeyondTheLimitIsRefused() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    #expect(try tokenizer.encode("one two three", limit: 3).count == 3)
    let error = #expect(throws: TokenLimitError(limit: 2)) {
      try tokenizer.encode("one two three", limit: 2)
    }
    #expect(error?.description == "the text has more than 2 tokens")
    #expect(throws: TokenLimitError(limit: 1)) { try tokenizer.encode("a<|im_end|>", limit: 1) }
    #expect(throws: TokenLimitError(limit: 1024)) {
      try tokenizer.encode(String(repeating: "a", count: 50_000_000), limit: 1024)
    }
  }

  @Test(arguments: ["\u{0}", "\u{FEFF}a", "\u{FFFF}", "👩‍👩‍👧", "שלום עולם", "\u{10FFFF}"])
  func oddTextComesBackFromItsTokens(text: String) throws {
    let tokenizer = try RealVocabulary.tokenizer()
    #expect(try tokenizer.decode(tokenizer.encode(text)) == text)
  }
}
