import Foundation
import Testing
import Tokenizers

/// Broken files are refused with the place and the reason.
@Suite struct TokenizerErrorTests {
  static let added = AddedToken.qwen2(from: 257)
  static let merges = "#version: 0.2\na b\n"

  /// A vocabulary of the 256 bytes and `ab`, then what `change` makes of its text.
  static func vocabulary(_ change: (String) -> String = { $0 }) throws -> [UInt8] {
    let files = TokenizerFiles(try .byteLevel()).tokenizerFolder
    let bytes = try #require(files.first { $0.name == "vocab.json" }).contents
    let text = String(decoding: bytes, as: UTF8.self)
    return Array(change(text.replacingOccurrences(of: "}\n", with: ",\"ab\":256}")).utf8)
  }

  static func error(vocabulary: [UInt8], merges: String = Self.merges) throws -> TokenizerError {
    try #require(throws: TokenizerError.self) {
      try Qwen2Tokenizer(
        vocabulary: vocabulary, merges: Array(merges.utf8), addedTokens: Self.added)
    }
  }

  @Test(
    arguments: [
      ("\"ab\":256", "\"ab\":97", .entry("ab"), .duplicateID(97)),
      ("\"ab\":256", "\"ab\":257", .entry("ab"), .idOutOfRange(257, count: 257)),
      ("\"ab\":256", "\"ab\":-1", .entry("ab"), .idOutOfRange(-1, count: 257)),
      ("\"ab\":256", "\"ab\":1099511627776", .entry("ab"), .idOutOfRange(1 << 40, count: 257)),
      ("\"a\":97", "\"cd\":97", .wholeFile, .missingByteToken(97)),
      ("\"ab\":256", "\"a\":256", .entry("a"), .duplicateToken),
      ("\"ab\"", "\"▁ab\"", .entry("▁ab"), .notByteLevel),
      ("\"ab\"", "\"\"", .offset(2097), .emptyToken),
      ("\"ab\":256", "\"ab\":2.5", .offset(2102), .notJSON(expected: "a whole number")),
      (
        "\"ab\":256", "\"ab\":99999999999999999999", .offset(2120),
        .notJSON(expected: "a number below 2^63")
      ),
      ("\"ab\"", "\"\\ud800\"", .offset(2102), .invalidText),
      ("\"ab\":256}", "\"ab\":256} x", .offset(2106), .notJSON(expected: "the end of the file")),
      ("{", "\u{FEFF}{", .offset(0), .notJSON(expected: "an object")),
    ] as [(String, String, TokenizerError.Place, TokenizerError.Problem)])
  func brokenVocabularyIsRefused(
    text: String, replacement: String, place: TokenizerError.Place, problem: TokenizerError.Problem
  ) throws {
    let vocabulary = try Self.vocabulary { $0.replacingOccurrences(of: text, with: replacement) }
    let error = try Self.error(vocabulary: vocabulary)
    #expect(error.problem == problem)
    if case .offset = place {
      guard case .offset = error.place else {
        Issue.record("expected an offset, found \(error.place)")
        return
      }
    } else {
      #expect(error.place == place)
    }
    #expect(error.description.hasPrefix("vocab.json: "))
    #expect(!error.description.contains("\n"))
  }

  @Test func emptyVocabularyIsRefused() throws {
    #expect(try Self.error(vocabulary: Array("{}".utf8)).problem == .emptyVocabulary)
    #expect(try Self.error(vocabulary: []).problem == .notJSON(expected: "an object"))
  }

  @Test func vocabularyCutAtAnyByteIsRefused() throws {
    let vocabulary = try Self.vocabulary()
    var accepted: [Int] = []
    for length in vocabulary.indices {
      let tokenizer = try? Qwen2Tokenizer(
        vocabulary: Array(vocabulary[..<length]), merges: Array(Self.merges.utf8),
        addedTokens: Self.added)
      if tokenizer != nil { accepted.append(length) }
    }
    #expect(accepted == [])
  }

  @Test(arguments: ["a b", "a b\r\n", "#version: 0.2\r\na b\r\n", "a b\n\n", "#version: 0.2\na b"])
  func mergesMayEndInCRLFAndLackAVersion(merges: String) throws {
    let tokenizer = try Qwen2Tokenizer(
      vocabulary: Self.vocabulary(), merges: Array(merges.utf8), addedTokens: Self.added)
    #expect(try tokenizer.encode("abab") == [256, 256])
  }

  @Test(
    arguments: [
      ("#version: 0.2\na b\na b\n", 3, .duplicateMerge), ("\na b\n", 1, .malformedMerge),
      ("a b\n\na b\n", 2, .malformedMerge), ("ab\n", 1, .malformedMerge),
      ("a b c\n", 1, .malformedMerge), (" ab\n", 1, .malformedMerge), ("a \n", 1, .malformedMerge),
      ("a x\n", 1, .unknownMergeToken("ax")), ("abc a\n", 1, .unknownMergeToken("abc")),
      ("a ▁b\n", 1, .malformedMerge),
    ] as [(String, Int, TokenizerError.Problem)])
  func brokenMergesAreRefused(
    merges: String, line: Int, problem: TokenizerError.Problem
  ) throws {
    let error = try Self.error(vocabulary: Self.vocabulary(), merges: merges)
    #expect(error == TokenizerError(problem, at: .line(line), in: "merges.txt"))
  }

  @Test(
    arguments: [
      ([AddedToken("x", id: 258, isSpecial: true)], .idOutOfRange(258, count: 258)),
      ([AddedToken("x", id: 1 << 40, isSpecial: true)], .idOutOfRange(1 << 40, count: 258)),
      ([AddedToken("x", id: 5, isSpecial: true)], .duplicateID(5)),
      (
        [AddedToken("x", id: 257, isSpecial: true), AddedToken("x", id: 258, isSpecial: true)],
        .duplicateToken
      ),
      ([AddedToken("", id: 257, isSpecial: true)], .emptyToken),
      ([AddedToken("x", id: 257, isSpecial: true)], .missingToken),
    ] as [([AddedToken], TokenizerError.Problem)])
  func brokenAddedTokensAreRefused(
    tokens: [AddedToken], problem: TokenizerError.Problem
  ) throws {
    let error = try #require(throws: TokenizerError.self) {
      try Qwen2Tokenizer(
        vocabulary: Self.vocabulary(), merges: Array(Self.merges.utf8), addedTokens: tokens)
    }
    #expect(error.problem == problem)
  }

  @Test func aTokenizerLargerThanTheEmbeddingIsRefusedWithBothNumbers() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    try tokenizer.requireFit(embeddingRows: 152_064)
    let error = #expect(throws: TokenizerError.self) {
      try tokenizer.requireFit(embeddingRows: 512)
    }
    #expect(
      error?.description
        == "tokenizer: the tokenizer has 151665 tokens and the embedding only 512 rows")
  }
}
