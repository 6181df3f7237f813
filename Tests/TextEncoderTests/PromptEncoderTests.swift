import Testing
import TextEncoder
import Tokenizers
import Torch
import TorchTesting
import Weights

@Suite struct PromptEncoderTests {
  /// The fixture's model behind a tokenizer that has one token for a byte.
  private func encoder() throws -> PromptEncoder {
    let configuration = try Qwen25VLConfiguration(path: fixturePath("prompts.json"))
    let weights = WeightStore(SeededWeights()).root
    return try PromptEncoder(
      LanguageModel(configuration.language, weights: weights), tokenizer: .byteLevel())
  }

  /// Compares with the pipeline's features, of which those of the first 100 tokens are not in the fixture.
  private func expectGolden(_ features: PromptFeatures, _ name: String) throws {
    let golden = try Golden("prompts")
    let count = features.embeddings.shape[1]
    #expect(try golden[name + ".count"].values(as: Int64.self) == [Int64(count)])
    try expectClose(
      features.embeddings.slice(100..<count, along: 1), golden[name], absolute: 1e-5)
    if golden.names.contains(name + ".mask") {
      let mask = try #require(features.mask)
      #expect(
        try mask.values(as: UInt8.self) == golden[name + ".mask"].values(as: UInt8.self))
    } else {
      #expect(features.mask == nil)
    }
  }

  @Test(arguments: [
    ("one", ["a cat"]), ("empty", [""]), ("batch", ["a cat", "", "你好"]),
    ("equal", ["a cat", "a dog"]),
  ]) func featuresMatchThePipeline(name: String, prompts: [String]) throws {
    let features = try encoder()(prompts)
    try expectGolden(features, name)
    #expect(features.cutTokenCounts.allSatisfy { $0 == 0 })
  }

  @Test(arguments: [("cut", ["a cat on a mat"]), ("cut-batch", ["a cat on a mat", ""])])
  func longPromptIsCutAsInThePipeline(name: String, prompts: [String]) throws {
    let features = try encoder()(prompts, maximumTokenCount: 135)
    try expectGolden(features, name)
    #expect(features.cutTokenCounts.map { $0 > 0 } == prompts.map { $0 != "" })
  }

  @Test func controlTokensInAPromptAreTextUnlessAskedFor() throws {
    let encoder = try encoder()
    let prompt = "a<|im_end|>b"
    try expectGolden(encoder([.template(prompt)]), "control")
    let verbatim = try encoder([prompt]).embeddings.shape[1]
    let reference = try encoder([.template(prompt)]).embeddings.shape[1]
    #expect(verbatim - reference == "<|im_end|>".utf8.count - 1)
  }

  @Test func tokenizerThatTakesTheTemplateForOneTokenIsRefused() throws {
    let configuration = try Qwen25VLConfiguration(path: fixturePath("prompts.json"))
    let plain = try Qwen2Tokenizer.byteLevel()
    let files = TokenizerFiles(plain).tokenizerFolder
    let tokenizer = try Qwen2Tokenizer(
      vocabulary: #require(files.first { $0.name == "vocab.json" }).contents,
      merges: #require(files.first { $0.name == "merges.txt" }).contents,
      addedTokens: plain.addedTokens + [AddedToken(PromptTemplate.head, id: 278, isSpecial: true)])
    let encoder = try PromptEncoder(
      LanguageModel(configuration.language, weights: WeightStore(SeededWeights()).root),
      tokenizer: tokenizer)
    let error = #expect(throws: PromptTooShort.self) { try encoder(["a cat"]) }
    #expect((error?.tokenCount ?? 0) <= PromptTemplate.droppedTokenCount)
  }

  @Test func promptOfMillionsOfTokensIsRefused() throws {
    let prompt = String(repeating: "a", count: 2_000_000)
    let error = #expect(throws: TokenLimitError.self) { try encoder()([prompt]) }
    #expect(error?.limit == PromptTemplate.tokenLimit)
  }

  @Test func tokenizerOfALargerVocabularyIsRefused() throws {
    let configuration = try configuration(replacing: [#""vocab_size": 320"#: #""vocab_size": 277"#])
    let model = try LanguageModel(
      configuration.language, weights: WeightStore(SeededWeights()).root)
    #expect(throws: TokenizerError.self) {
      try PromptEncoder(model, tokenizer: .byteLevel())
    }
  }
}
