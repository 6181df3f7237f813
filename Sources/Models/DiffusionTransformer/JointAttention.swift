import Torch
import TorchNN
import Weights

// Shapes: B batch, T text tokens, S image tokens, N heads, H head width, D = N * H model width.

/// The two streams of a block.
package struct TokenStreams {
  /// Shape `[B, S, D]`.
  package var image: Tensor
  /// Shape `[B, T, D]`.
  package var text: Tensor

  package init(image: Tensor, text: Tensor) {
    self.image = image
    self.text = text
  }
}

/// The projections of one stream to queries, keys and values, with the heads' norms.
private struct HeadProjections {
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let queryNorm: RMSNorm
  private let keyNorm: RMSNorm
  private let headCount: Int
  private let headWidth: Int

  init(
    _ configuration: TransformerConfiguration, query: WeightScope, key: WeightScope,
    value: WeightScope,
    queryNorm: WeightScope, keyNorm: WeightScope
  ) throws {
    let width = configuration.modelWidth
    headCount = configuration.headCount
    headWidth = configuration.headWidth
    self.query = try Linear(query, inputs: width, outputs: width, bearsInt8: true)
    self.key = try Linear(key, inputs: width, outputs: width, bearsInt8: true)
    self.value = try Linear(value, inputs: width, outputs: width, bearsInt8: true)
    self.queryNorm = try RMSNorm(queryNorm, width: headWidth)
    self.keyNorm = try RMSNorm(keyNorm, width: headWidth)
  }

  /// Queries `[B, tokens, N, H]`, normalised and turned by their position.
  func queries(of x: Tensor, at positions: RotaryTable) throws(TorchError) -> Tensor {
    try positions.turnNeighbours(heads(of: query(x)), after: queryNorm)
  }

  /// Keys `[B, tokens, N, H]`, normalised and turned by their position.
  func keys(of x: Tensor, at positions: RotaryTable) throws(TorchError) -> Tensor {
    try positions.turnNeighbours(heads(of: key(x)), after: keyNorm)
  }

  /// Values `[B, tokens, N, H]`.
  func values(of x: Tensor) throws(TorchError) -> Tensor { try heads(of: value(x)) }

  private func heads(of x: Tensor) throws(TorchError) -> Tensor {
    let (B, tokens, _) = try x.dimensions()
    return try x.reshaped(to: [B, tokens, headCount, headWidth])
  }
}

/// Attention of all text and image tokens together, each stream with weights of its own.
///
/// Source: diffusers `QwenDoubleStreamAttnProcessor2_0`.
package struct JointAttention {
  private let image: HeadProjections
  private let text: HeadProjections
  private let imageOutput: Linear
  private let textOutput: Linear

  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    let width = configuration.modelWidth
    image = try HeadProjections(
      configuration, query: weights["to_q"], key: weights["to_k"], value: weights["to_v"],
      queryNorm: weights["norm_q"], keyNorm: weights["norm_k"])
    text = try HeadProjections(
      configuration, query: weights["add_q_proj"], key: weights["add_k_proj"],
      value: weights["add_v_proj"], queryNorm: weights["norm_added_q"],
      keyNorm: weights["norm_added_k"])
    imageOutput = try Linear(
      weights["to_out"][0], inputs: width, outputs: width, bearsInt8: true)
    textOutput = try Linear(
      weights["to_add_out"], inputs: width, outputs: width, bearsInt8: true)
  }

  /// Mixes every token with all tokens of both streams.
  ///
  /// - Parameters:
  ///   - streams: Image and text tokens.
  ///   - positions: The rotary tables of the image and text tokens.
  ///   - mask: Keys that may be seen, shape `[B, 1, 1, T + S]`; nil: all.
  ///   - isTextRead: Whether the text is to leave through its output projection.
  /// - Returns: Mixed tokens, the shapes of `streams`.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package func callAsFunction(
    _ streams: TokenStreams, positions: (image: RotaryTable, text: RotaryTable), mask: Tensor?,
    isTextRead: Bool = true
  ) throws(TorchError) -> TokenStreams {
    let (B, T, D) = try streams.text.dimensions()
    let (_, S, _) = try streams.image.dimensions()
    let (x, c) = (streams.image, streams.text)
    // The text comes first. Each pair is joined before the next is made, so that few of them are in memory at a time.
    func joined(_ text: Tensor, _ image: Tensor) throws(TorchError) -> Tensor {
      try Tensor(concatenating: [text, image], along: 1).swappingAxes(1, 2)
    }
    let mixedBNSH = try scaledDotProductAttention(
      query: joined(
        text.queries(of: c, at: positions.text), image.queries(of: x, at: positions.image)),
      key: joined(text.keys(of: c, at: positions.text), image.keys(of: x, at: positions.image)),
      value: joined(text.values(of: c), image.values(of: x)), mask: mask)
    let mixed = try mixedBNSH.swappingAxes(1, 2).reshaped(to: [B, T + S, D]).split(
      [T, S], along: 1)
    return TokenStreams(
      image: try imageOutput(mixed[1]), text: isTextRead ? try textOutput(mixed[0]) : mixed[0])
  }
}
