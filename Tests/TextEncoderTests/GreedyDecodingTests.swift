import Testing
import TextEncoder
import Torch
import TorchTesting
import Weights

@Suite struct GreedyDecodingTests {
  /// The tokens after the fixture's prompt with its image.
  private func generated(
    penalty: Double, endTokens: Set<Int>, maximumCount: Int = 24
  ) throws -> [Int] {
    let configuration = try Qwen25VLConfiguration(path: fixturePath("generation.json"))
    let model = try Qwen25VL(configuration, weights: WeightStore(SeededWeights()).root)
    let grid = PatchGrid(rows: 6, columns: 8)
    let patches = try Tensor.normal([grid.count, 1176], generator: Generator(seed: 608))
    var decoding = try GreedyDecoding(
      model, prompt: golden("tokens"), image: (patches, grid),
      settings: GenerationConfiguration(repetitionPenalty: penalty, endTokens: endTokens),
      maximumCount: maximumCount)
    while try decoding.next() != nil {}
    return decoding.tokens
  }

  private func golden(_ name: String) throws -> [Int] {
    try Golden("generation")[name].values(as: Int64.self).map(Int.init)
  }

  @Test func tokensAfterAnImageMatchTransformers() throws {
    #expect(try generated(penalty: 1, endTokens: [318, 319]) == golden("unpenalised"))
  }

  @Test func penalisedTokensMatchTransformers() throws {
    #expect(try generated(penalty: 1.3, endTokens: [318, 319]) == golden("penalised"))
  }

  @Test func endTokenEndsTheTextAndIsNoPartOfIt() throws {
    let ended = try golden("ended")
    let end = try #require(ended.last)
    #expect(try generated(penalty: 1.3, endTokens: [318, end]) == ended.dropLast())
  }

  @Test func textIsAsLongAsAskedAtMost() throws {
    let tokens = try generated(penalty: 1.3, endTokens: [318], maximumCount: 5)
    #expect(tokens == Array(try golden("penalised").prefix(5)))
    #expect(try generated(penalty: 1.3, endTokens: [318], maximumCount: 0).isEmpty)
  }

  @Test(arguments: [[], [310, 310], [310, 7, 310, 310, 310]])
  func imageTokensThatAreNotTheImagesVectorsAreRefused(imageTokens: [Int]) throws {
    let configuration = try Qwen25VLConfiguration(path: fixturePath("generation.json"))
    let model = try Qwen25VL(configuration, weights: WeightStore(SeededWeights()).root)
    let grid = PatchGrid(rows: 4, columns: 4)
    let patches = try Tensor.zeros([grid.count, 1176])
    let count = imageTokens.count { $0 == 310 }
    #expect(throws: ImageTokenMismatch(tokenCount: count, vectorCounts: [4])) {
      try GreedyDecoding(
        model, prompt: [5] + imageTokens + [6], image: (patches, grid),
        settings: GenerationConfiguration(), maximumCount: 1)
    }
  }
}
