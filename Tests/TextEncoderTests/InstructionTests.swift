import Foundation
import Testing
import TextEncoder
import Tokenizers

@Suite struct InstructionTests {
  private func golden<Value: Decodable>(_ name: String) throws -> [String: Value] {
    try JSONDecoder().decode(
      [String: Value].self, from: Data(contentsOf: URL(filePath: fixturePath(name))))
  }

  private static let vocabulary = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(
      path: ".deps/qwen-vocabulary")

  private static var hasVocabulary: Bool {
    FileManager.default.fileExists(atPath: vocabulary.appending(path: "vocab.json").path())
  }

  private func tokenizer() throws -> Qwen2Tokenizer {
    try Qwen2Tokenizer(directory: Self.vocabulary, addedTokens: .qwen2)
  }

  @Test func textsAreThePipelinesByteForByte() throws {
    let texts: [String: String] = try golden("texts.json")
    let template = PromptTemplate.head + "{}" + PromptTemplate.tail
    #expect(texts["template"].map { Array($0.utf8) } == Array(template.utf8))
    #expect(
      texts["english"].map { Array($0.utf8) } == Array(CaptionLanguage.english.instruction.utf8))
    #expect(
      texts["chinese"].map { Array($0.utf8) } == Array(CaptionLanguage.chinese.instruction.utf8))
    #expect(CaptionLanguage.english.instruction.utf8.count == 1119)
    #expect(CaptionLanguage.chinese.instruction.utf8.count == 954)
  }

  @Test(.enabled(if: hasVocabulary, "the set-up has not unpacked the vocabulary"))
  func tokensOfTheInstructionsMatchTransformers() throws {
    let ids: [String: [Int]] = try golden("text-ids.json")
    for language in CaptionLanguage.allCases {
      #expect(try tokenizer().encode(language.instruction) == ids["\(language)"])
    }
  }

  @Test(.enabled(if: hasVocabulary, "the set-up has not unpacked the vocabulary"))
  func templateHasTheTokensThatAreDroppedAndATailOfFive() throws {
    let tokenizer = try tokenizer()
    let empty = try PromptTemplate.tokens(around: .verbatim(""), tokenizer: tokenizer)
    #expect(empty.count == 39)
    #expect(
      Array(empty[..<PromptTemplate.droppedTokenCount]) == [
        151644, 8948, 198, 74785, 279, 2168, 553, 44193, 279, 1894, 11, 6083, 11, 1379, 11, 10434,
        11, 12194, 11, 1467, 11, 27979, 11871, 315, 279, 6171, 323, 4004, 25, 151645, 198, 151644,
        872, 198,
      ])
    #expect(empty[PromptTemplate.droppedTokenCount...] == [151645, 198, 151644, 77091, 198])
  }

  @Test(
    .enabled(if: hasVocabulary, "the set-up has not unpacked the vocabulary"),
    arguments: [
      (" ", [220]), ("a cat", [64, 8251]), ("HELLO 2025!", [50712, 1593, 220, 17, 15, 17, 20, 0]),
      ("你好，世界", [108386, 3837, 99489]), ("nai\u{308}ve cafe\u{301}", [3376, 37572, 586, 51950]),
      ("  two  spaces\n\nnewline", [220, 1378, 220, 12621, 271, 89202]), ("xxx", [24048]),
    ]) func promptStandsBetweenHeadAndTail(prompt: String, ids: [Int]) throws
  {
    let tokens = try PromptTemplate.tokens(around: .verbatim(prompt), tokenizer: tokenizer())
    #expect(tokens.dropFirst(PromptTemplate.droppedTokenCount).dropLast(5) == ids[...])
  }
}
