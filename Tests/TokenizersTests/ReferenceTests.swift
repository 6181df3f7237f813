import Foundation
import Testing
import Tokenizers

/// Our ids against those of other implementations.
@Suite struct ReferenceTests {
  static let prefix = """
    <|im_start|>system
    Describe the image by detailing the color, shape, size, texture, quantity, text, spatial \
    relationships of the objects and background:<|im_end|>
    <|im_start|>user

    """
  static let suffix = "<|im_end|>\n<|im_start|>assistant\n"

  @Test func promptTemplateHasTheReferencesThirtyFourTokens() throws {
    let ids = try RealVocabulary.tokenizer().encode(Self.prefix)
    #expect(
      ids == [
        151644, 8948, 198, 74785, 279, 2168, 553, 44193, 279, 1894, 11, 6083, 11, 1379, 11, 10434,
        11, 12194, 11, 1467, 11, 27979, 11871, 315, 279, 6171, 323, 4004, 25, 151645, 198, 151644,
        872, 198,
      ])
  }

  @Test(
    arguments: [
      ("", []), (" ", [220]), ("a cat", [64, 8251]),
      ("HELLO 2025!", [50712, 1593, 220, 17, 15, 17, 20, 0]), ("你好，世界", [108386, 3837, 99489]),
      ("na\u{EF}ve caf\u{E9}\u{301} \u{1F600}", [3376, 37572, 586, 51950, 53839, 90316]),
      ("nai\u{308}ve cafe\u{301}", [3376, 37572, 586, 51950]),
      ("  two  spaces\n\nnewline", [220, 1378, 220, 12621, 271, 89202]),
      ("don't I'LL", [15007, 944, 358, 6, 4086]), ("xxx", [24048]),
    ] as [(String, [Int])])
  func promptsInTheTemplateHaveTheReferencesTokens(prompt: String, ids: [Int]) throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let segments = [
      PromptSegment.template(Self.prefix), .verbatim(prompt), .template(Self.suffix),
    ]
    let encoded = try tokenizer.encode(segments)
    #expect(Array(encoded.dropFirst(34)) == ids + [151645, 198, 151644, 77091, 198])
    #expect(try tokenizer.encode(Self.prefix + prompt + Self.suffix) == encoded)
  }

  @Test func tenThousandRandomStringsHaveTheReferencesTokens() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let lines = try fixture("random-strings.txt").split(separator: "\n")
    #expect(lines.count == 10_000)
    var differences: [String] = []
    for line in lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      try #require(fields.count == 2)
      let text = try JSONDecoder().decode(String.self, from: Data(fields[0].utf8))
      let ids = fields[1].split(separator: " ").map { Int($0, radix: 36) }
      if try tokenizer.encode(text) != ids { differences.append(String(fields[0])) }
    }
    #expect(differences == [])
  }

  @Test func fortySevenVectorsOfLlamaCppAgree() throws {
    let tokenizer = try RealVocabulary.tokenizer()
    let texts = try fixture("llama.cpp-qwen2-texts.txt").components(
      separatedBy: "\n__ggml_vocab_test__\n")
    let lines = try fixture("llama.cpp-qwen2-ids.txt").components(separatedBy: "\n")
    #expect(texts.count == 47)
    try #require(lines.count == texts.count)
    for (text, line) in zip(texts, lines) {
      #expect(try tokenizer.encode(text) == line.split(separator: " ").compactMap { Int($0) })
    }
  }
}
