import Torch
import TorchNN
import Weights

// Shapes: B prompts, S tokens, K tokens so far (these S included), D model width,
// N query heads, G key and value heads, H head width; D = N * H.

/// The language model of Qwen2.5-VL up to its final norm: what conditions the diffusion transformer.
///
/// Attention is causal and prompts are padded at their end, so no token ever sees padding and no mask is needed;
/// what comes out at padded places is to be thrown away.
/// Source: transformers `Qwen2_5_VLTextModel`.
package struct LanguageModel {
  private let tokenVectors: Embedding
  private let layers: [LanguageLayer]
  private let norm: RMSNorm
  package let configuration: LanguageConfiguration

  /// Takes the tensors under `model.language_model`.
  ///
  /// - Parameters:
  ///   - configuration: Validated.
  ///   - weights: The root of the model's keys.
  /// - Throws: ``TorchError``, and what the source of the weights throws; what is missing is collected by the store.
  package init(_ configuration: LanguageConfiguration, weights: WeightScope) throws {
    self.configuration = configuration
    let weights = weights["model"]["language_model"]
    tokenVectors = try Embedding(
      weights["embed_tokens"], count: configuration.vocabularySize, width: configuration.width)
    layers = try (0..<configuration.layerCount).map { index in
      try LanguageLayer(configuration, weights: weights["layers"][index])
    }
    norm = try RMSNorm(
      weights["norm"], width: configuration.width, epsilon: configuration.normEpsilon)
  }

  /// The vectors of tokens before the first layer.
  ///
  /// - Parameter tokens: One row per prompt, all of one length.
  /// - Returns: Shape `[B, S, D]`.
  /// - Throws: ``TokenOutsideVocabulary``, ``TorchError``.
  package func embed(_ tokens: [[Int]]) throws -> Tensor {
    let vocabulary = 0..<configuration.vocabularySize
    for row in tokens {
      for token in row where !vocabulary.contains(token) {
        throw TokenOutsideVocabulary(token: token, vocabularySize: vocabulary.upperBound)
      }
    }
    let indices = try Tensor(
      tokens.joined().map(Int64.init), shape: [tokens.count, tokens.first?.count ?? 0])
    return try tokenVectors(indices)
  }

  /// The features of every token after the final norm.
  ///
  /// - Parameters:
  ///   - x: Token vectors `[B, S, D]`, image vectors among them where there are any.
  ///   - positions: Of these S tokens.
  ///   - memory: Holds the keys and values of the tokens before, and takes those of these; nil: there are none before
  ///     and none come after.
  /// - Returns: Shape `[B, S, D]`.
  /// - Throws: ``TorchError``; the model stays usable after `.outOfMemory`.
  package func features(
    of x: Tensor, at positions: TokenPositions, memory: KeyValueMemory? = nil
  ) throws(TorchError) -> Tensor {
    // Cosines are rounded to the model's type before use, as the reference does.
    let rotary = try positions.rotaryTable(configuration, device: x.device).converted(to: x.dtype)
    var x = x
    for (index, layer) in layers.enumerated() {
      x = try layer(x, rotary: rotary, memory: memory?.layers[index])
    }
    return try norm(x)
  }
}

/// A token id for which the model has no vector: the tokenizer belongs to another model.
package struct TokenOutsideVocabulary: Error, Hashable, Sendable, CustomStringConvertible {
  package let token: Int
  package let vocabularySize: Int

  package init(token: Int, vocabularySize: Int) {
    self.token = token
    self.vocabularySize = vocabularySize
  }

  package var description: String {
    "token \(token) is outside the text encoder's vocabulary of \(vocabularySize)"
  }
}

/// One layer: attention to the tokens before, then the feed-forward network, each added to its input.
///
/// Source: transformers `Qwen2_5_VLDecoderLayer`.
private struct LanguageLayer {
  let attentionNorm: RMSNorm
  let attention: GroupedQueryAttention
  let feedForwardNorm: RMSNorm
  let feedForward: GatedFeedForward

  init(_ configuration: LanguageConfiguration, weights: WeightScope) throws {
    let width = configuration.width
    let epsilon = configuration.normEpsilon
    attentionNorm = try RMSNorm(weights["input_layernorm"], width: width, epsilon: epsilon)
    attention = try GroupedQueryAttention(configuration, weights: weights["self_attn"])
    feedForwardNorm = try RMSNorm(
      weights["post_attention_layernorm"], width: width, epsilon: epsilon)
    feedForward = try GatedFeedForward(
      weights["mlp"], width: width, innerWidth: configuration.innerWidth, hasBias: false,
      bearsInt8: true)
  }

  func callAsFunction(
    _ x: Tensor, rotary: RotaryTable, memory: KeyValueMemory.Layer?
  ) throws(TorchError) -> Tensor {
    let x = try x + attention(attentionNorm(x), rotary: rotary, memory: memory)
    return try x + feedForward(feedForwardNorm(x))
  }
}

/// Causal attention in which N / G query heads in a row share one key and value head.
///
/// Source: transformers `Qwen2_5_VLAttention`.
private struct GroupedQueryAttention {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let headWidth: Int

  init(_ configuration: LanguageConfiguration, weights: WeightScope) throws {
    let width = configuration.width
    headWidth = configuration.headWidth
    let keyValueWidth = configuration.keyValueHeadCount * headWidth
    query = try Linear(
      weights["q_proj"], inputs: width, outputs: width, bearsInt8: true)
    key = try Linear(
      weights["k_proj"], inputs: width, outputs: keyValueWidth, bearsInt8: true)
    value = try Linear(
      weights["v_proj"], inputs: width, outputs: keyValueWidth, bearsInt8: true)
    output = try Linear(
      weights["o_proj"], inputs: width, outputs: width, hasBias: false, bearsInt8: true)
  }

  /// Mixes every token with those before it.
  ///
  /// - Parameters:
  ///   - x: Shape `[B, S, D]`.
  ///   - rotary: The turns of these S tokens.
  ///   - memory: This layer's, to which the keys and values of these tokens are added; nil: these S are all.
  /// - Returns: Shape `[B, S, D]`.
  /// - Throws: ``TorchError``.
  func callAsFunction(
    _ x: Tensor, rotary: RotaryTable, memory: KeyValueMemory.Layer?
  ) throws(TorchError) -> Tensor {
    let (B, S, D) = try x.dimensions()
    let queriesBNSH = try rotary.turnHalves(splitHeads(query(x)))
    var keysBGKH = try rotary.turnHalves(splitHeads(key(x)))
    var valuesBGKH = try splitHeads(value(x))
    if let memory { (keysBGKH, valuesBGKH) = try memory.appending(keysBGKH, valuesBGKH) }
    if S == 1 {
      // One token sees all keys, so the query heads of a group can stand in rows over the keys they share.
      let (_, G, _, _) = try keysBGKH.dimensions()
      let mixed = try scaledDotProductAttention(
        query: queriesBNSH.reshaped(to: [B, G, -1, headWidth]), key: keysBGKH, value: valuesBGKH)
      return try output(mixed.reshaped(to: [B, S, D]))
    }
    let mixedBNSH = try scaledDotProductAttention(
      query: queriesBNSH, key: keysBGKH, value: valuesBGKH, isCausal: true)
    return try output(mixedBNSH.swappingAxes(1, 2).reshaped(to: [B, S, D]))
  }

  /// `[B, S, heads * H]` to `[B, heads, S, H]`.
  private func splitHeads(_ x: Tensor) throws(TorchError) -> Tensor {
    let (B, S, _) = try x.dimensions()
    return try x.reshaped(to: [B, S, -1, headWidth]).swappingAxes(1, 2)
  }
}
