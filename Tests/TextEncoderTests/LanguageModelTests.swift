import Testing
import TextEncoder
import Torch
import TorchTesting
import Weights

@Suite struct LanguageModelTests {
  /// Token rows without their padding, and a model of the fixture's shape with seeded weights.
  private func fixture(
    _ name: String, dtype: DType
  ) throws -> (model: LanguageModel, padded: [[Int]], lengths: [Int], golden: Golden) {
    let golden = try Golden(name)
    let configuration = try Qwen25VLConfiguration(path: fixturePath(name + ".json"))
    let model = try LanguageModel(
      configuration.language, weights: WeightStore(SeededWeights(), dtype: dtype).root)
    let tokens = try golden["tokens"]
    let padded = try tokens.unstacked(along: 0).map { try $0.values(as: Int64.self).map(Int.init) }
    let lengths = try golden["lengths"].values(as: Int64.self).map(Int.init)
    return (model, padded, lengths, golden)
  }

  /// The rows of a batch of features that are not padding, one after the other.
  private func unpadded(_ features: Tensor, _ lengths: [Int]) throws -> Tensor {
    let rows = try features.unstacked(along: 0)
    return try Tensor(
      concatenating: zip(rows, lengths).map { try $0.slice(0..<$1, along: 0) }, along: 0)
  }

  @Test(arguments: ["language-two-heads", "language-six-heads", "language-three-heads"])
  func paddedBatchMatchesTransformers(name: String) throws {
    let (model, padded, lengths, golden) = try fixture(name, dtype: .float32)
    let features = try model.features(
      of: model.embed(padded), at: TokenPositions(textTokenCount: padded[0].count))
    try expectClose(
      unpadded(features, lengths), golden["features"], relative: 1e-5, absolute: 1e-5)
  }

  @Test(arguments: ["language-two-heads", "language-six-heads", "language-three-heads"])
  func bfloat16BatchMatchesTransformers(name: String) throws {
    let (model, padded, lengths, golden) = try fixture(name, dtype: .bfloat16)
    let features = try model.features(
      of: model.embed(padded), at: TokenPositions(textTokenCount: padded[0].count))
    #expect(features.dtype == .bfloat16)
    try expectCloseInBFloat16(
      unpadded(features, lengths), golden["features.bfloat16"], exact: golden["features"])
  }

  @Test func tokensReadOneByOneHaveTheFeaturesOfAllAtOnce() throws {
    let (model, padded, _, _) = try fixture("language-six-heads", dtype: .float32)
    let tokens = padded[0]
    let whole = try model.features(
      of: model.embed([tokens]), at: TokenPositions(textTokenCount: tokens.count))
    let memory = try KeyValueMemory(
      for: model.configuration, capacity: tokens.count, dtype: .float32, device: .cpu)
    var parts = [
      try model.features(
        of: model.embed([Array(tokens[..<3])]), at: TokenPositions(textTokenCount: 3),
        memory: memory)
    ]
    for index in 3..<tokens.count {
      let position = TokenPositions(textTokenCount: 1, from: index)
      parts.append(
        try model.features(of: model.embed([[tokens[index]]]), at: position, memory: memory))
    }
    try expectClose(Tensor(concatenating: parts, along: 1), whole, absolute: 1e-5)
  }

  @Test func fullMemoryRefusesAFurtherToken() throws {
    let (model, padded, _, _) = try fixture("language-six-heads", dtype: .float32)
    let memory = try KeyValueMemory(
      for: model.configuration, capacity: 2, dtype: .float32, device: .cpu)
    #expect(throws: TorchError.self) {
      try model.features(
        of: model.embed([Array(padded[0][..<3])]), at: TokenPositions(textTokenCount: 3),
        memory: memory)
    }
  }

  @Test(arguments: [-1, 320, 151_644]) func tokenOutsideTheVocabularyIsNamed(token: Int) throws {
    let (model, _, _, _) = try fixture("language-six-heads", dtype: .float32)
    #expect(throws: TokenOutsideVocabulary(token: token, vocabularySize: 320)) {
      try model.embed([[5, token]])
    }
  }
}
