import Testing
import Tokenizers

@Suite struct DecodingTests {
  @Test(arguments: [151_665, 152_063, Int.max, -1, Int.min])
  func anIdWithoutATokenIsAReplacementCharacter(id: Int) throws {
    #expect(try RealVocabulary.tokenizer().decode([64, id, 64]) == "a\u{FFFD}a")
  }

  @Test func aCharacterSplitOverTokensIsJoined() throws {
    let tokenizer = try Qwen2Tokenizer.byteLevel()
    #expect(tokenizer.decode([0xE4, 0xBD, 0xA0]) == "你")
  }

  @Test(arguments: [[0xE4, 0xBD], [0xE4, 0xBD, 0x41], [0xFF, 0x41], [0x80], [0xED, 0xA0, 0x80]])
  func partialCharactersAreReplacementCharacters(ids: [Int]) throws {
    let text = try Qwen2Tokenizer.byteLevel().decode(ids)
    #expect(text.contains("\u{FFFD}"))
    #expect(text.contains("A") == ids.contains(0x41))
  }

  @Test func skippingSpecialTokensKeepsTheOtherAddedTokens() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let text = tokenizer.decode(Array(151_643..<151_665), skippingSpecialTokens: true)
    #expect(
      text
        == "<tool_call></tool_call><|fim_prefix|><|fim_middle|><|fim_suffix|><|fim_pad|>"
        + "<|repo_name|><|file_sep|>")
  }

  @Test func tokensAreFoundByTheirText() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    #expect(tokenizer.id(of: "<|image_pad|>") == 151_655)
    #expect(tokenizer.id(of: " a") == 264)
    #expect(tokenizer.id(of: "no such token") == nil)
    #expect(tokenizer.padToken == 151_643)
    #expect(tokenizer.vocabularyCount == 151_665)
  }
}
