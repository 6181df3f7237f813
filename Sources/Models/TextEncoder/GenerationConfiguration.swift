import Weights

/// How tokens are chosen one after the other, decoded from `text_encoder/generation_config.json`.
///
/// Here the likeliest token is always taken, as the released settings do in effect (`top_k` is 1, or the temperature
/// next to nothing).
/// Source: transformers `GenerationConfig`, whose defaults are those of absent keys, except that without `eos_token_id`
/// the released model's tokens end the text.
package struct GenerationConfiguration: CheckpointConfiguration, Hashable {
  /// What scores of tokens that occurred are divided by, negative ones multiplied.
  package let repetitionPenalty: Double
  /// Tokens that end the text and are no part of it.
  package let endTokens: Set<Int>
  /// Whether the reference would draw tokens at random under these settings, so that its captions vary.
  package let drawsAtRandom: Bool
  private let beamCount: Int

  private enum CodingKeys: String, CodingKey {
    case repetitionPenalty = "repetition_penalty"
    case endTokens = "eos_token_id"
    case samples = "do_sample"
    case candidateCount = "top_k"
    case temperature
    case beamCount = "num_beams"
  }

  /// - Parameters:
  ///   - repetitionPenalty: The default is the released model's, for a checkpoint without the file.
  ///   - endTokens: The default is `<|im_end|>` and `<|endoftext|>`.
  package init(
    repetitionPenalty: Double = 1.05, endTokens: Set<Int> = [151_645, 151_643]
  ) {
    self.repetitionPenalty = repetitionPenalty
    self.endTokens = endTokens
    drawsAtRandom = false
    beamCount = 1
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let standard = GenerationConfiguration()
    repetitionPenalty = try values.decodeIfPresent(Double.self, forKey: .repetitionPenalty) ?? 1
    // One token or a list of them.
    if let token = try? values.decodeIfPresent(Int.self, forKey: .endTokens) {
      endTokens = [token]
    } else {
      endTokens =
        try values.decodeIfPresent(Set<Int>.self, forKey: .endTokens) ?? standard.endTokens
    }
    let samples = try values.decodeIfPresent(Bool.self, forKey: .samples) ?? false
    let candidateCount = try values.decodeIfPresent(Int.self, forKey: .candidateCount) ?? 50
    let temperature = try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 1
    drawsAtRandom = samples && candidateCount != 1 && temperature > 0.001
    beamCount = try values.decodeIfPresent(Int.self, forKey: .beamCount) ?? 1
  }

  package func validate() throws(InvalidSetting) {
    guard repetitionPenalty > 0, repetitionPenalty.isFinite else {
      throw InvalidSetting("repetition_penalty", "\(repetitionPenalty) is not positive")
    }
    guard beamCount == 1 else {
      throw InvalidSetting("num_beams", "\(beamCount) beams are not supported, only 1")
    }
  }
}
