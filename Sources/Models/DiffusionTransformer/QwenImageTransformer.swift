import Torch
import TorchNN
import Weights

// Shapes: B batch, T text tokens, S image tokens, D model width.

/// The streams on their way through the blocks, and what every block reads.
package struct TransformerPass {
  package var streams: TokenStreams
  /// SiLU of the timestep's vector, shape `[B, D]`.
  package var activatedTime: Tensor
  let positions: (image: RotaryTable, text: RotaryTable)
  /// Keys that may be seen, shape `[B, 1, 1, T + S]`; nil: all.
  let mask: Tensor?
  let targetTokenCount: Int

  package init(
    streams: TokenStreams, activatedTime: Tensor,
    positions: (image: RotaryTable, text: RotaryTable),
    mask: Tensor?, targetTokenCount: Int
  ) {
    self.streams = streams
    self.activatedTime = activatedTime
    self.positions = positions
    self.mask = mask
    self.targetTokenCount = targetTokenCount
  }
}

/// The VLD-MMDiT: predicts the velocity of every layer's latents at once, for any number of layers.
///
/// Source: arXiv 2512.15603; diffusers `QwenImageTransformer2DModel`.
package struct QwenImageTransformer {
  package let configuration: TransformerConfiguration
  private let timeEmbedding: TimestepEmbedding
  private let imageInput: Linear
  private let textNorm: RMSNorm
  private let textInput: Linear
  private let blocks: [TransformerBlock]
  private let outputModulation: Linear
  private let output: Linear
  private let rotaryEmbedding: LayerRotaryEmbedding

  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    let width = configuration.modelWidth
    self.configuration = configuration
    rotaryEmbedding = LayerRotaryEmbedding(
      widths: configuration.rotaryWidths, isLayer3D: configuration.usesLayer3DRotaryEmbedding)
    timeEmbedding = try TimestepEmbedding(configuration, weights: weights["time_text_embed"])
    imageInput = try Linear(weights["img_in"], inputs: configuration.inputWidth, outputs: width)
    textNorm = try RMSNorm(weights["txt_norm"], width: configuration.textWidth)
    textInput = try Linear(weights["txt_in"], inputs: configuration.textWidth, outputs: width)
    blocks = try (0..<configuration.blockCount).map { index in
      try TransformerBlock(configuration, weights: weights["transformer_blocks"][index])
    }
    outputModulation = try Linear(weights["norm_out"]["linear"], inputs: width, outputs: 2 * width)
    output = try Linear(weights["proj_out"], inputs: width, outputs: configuration.outputWidth)
  }

  /// The velocity at one noise level.
  ///
  /// - Parameters:
  ///   - latents: Packed latents of all pictures of the layout, shape `[B, S, 64]`.
  ///   - layout: The pictures among the tokens, the same for every sample.
  ///   - prompt: Text features, shape `[B, T, textWidth]`.
  ///   - promptMask: True for real text tokens, shape `[B, T]`; nil: all are.
  ///   - time: The noise level in 0...1, shape `[B]`, in the type of the latents.
  ///   - additionalCondition: The second condition of the timestep for each sample, 0 in inference, shape `[B]`, int64.
  /// - Returns: The velocity of the target tokens, shape `[B, layout.targetTokenCount, 64]`.
  /// - Throws: ``TorchError``; `.unexpectedShape` where the latents do not fit the layout or the positions leave the
  ///   reference's table. The model stays usable after `.outOfMemory`.
  package func callAsFunction(
    _ latents: Tensor, layout: TokenLayout, prompt: Tensor, promptMask: Tensor? = nil,
    time: Tensor, additionalCondition: Tensor? = nil
  ) throws(TorchError) -> Tensor {
    var pass = try begin(
      latents, layout: layout, prompt: prompt, promptMask: promptMask, time: time,
      additionalCondition: additionalCondition)
    for (index, block) in blocks.enumerated() {
      pass.streams = try block(pass, isLast: index == blocks.count - 1)
    }
    return try velocity(at: pass)
  }

  // MARK: A pass in steps, for training, which takes the gradients of one step after the other

  /// What the blocks start from; the parameters are those of the whole pass.
  package func begin(
    _ latents: Tensor, layout: TokenLayout, prompt: Tensor, promptMask: Tensor? = nil,
    time: Tensor, additionalCondition: Tensor? = nil
  ) throws(TorchError) -> TransformerPass {
    let (B, S, _) = try latents.dimensions()
    let (_, T, _) = try prompt.dimensions()
    guard S == layout.tokenCount else {
      throw .unexpectedShape(
        what: "latents of the layout", expected: [B, layout.tokenCount, configuration.inputWidth],
        found: latents.shape)
    }
    let tables = try rotaryEmbedding.tables(for: layout, textTokenCount: T)
    let none = try Tensor.zeros([B], dtype: .int64, device: latents.device)
    return TransformerPass(
      streams: TokenStreams(
        image: try imageInput(latents), text: try textInput(textNorm(prompt))),
      activatedTime: try timeEmbedding(
        time, additionalCondition: additionalCondition ?? none
      ).silu(),
      positions: (
        image: try tables.image.moved(to: latents.device),
        text: try tables.text.moved(to: latents.device)
      ),
      mask: try jointMask(promptMask, imageTokenCount: S),
      targetTokenCount: layout.targetTokenCount)
  }

  /// The streams behind one of the blocks.
  package func streams(
    of pass: TransformerPass, behindBlock index: Int
  ) throws(TorchError) -> TokenStreams {
    try blocks[index](pass)
  }

  /// The velocity of the target tokens, from the streams behind the last block.
  package func velocity(at pass: TransformerPass) throws(TorchError) -> Tensor {
    let targets = try pass.streams.image.slice(0..<pass.targetTokenCount, along: 1)
    // Scale comes before shift here, unlike inside the blocks.
    let modulation = try outputModulation(pass.activatedTime).addingAxis(at: 1).chunks(
      2, along: -1)
    return try output(layerNormalized(targets) * (1 + modulation[0]) + modulation[1])
  }

  /// Keys that may be seen, `[B, 1, 1, T + S]`: the real text tokens and every image token.
  private func jointMask(
    _ promptMask: Tensor?, imageTokenCount: Int
  ) throws(TorchError) -> Tensor? {
    guard let promptMask else { return nil }
    let (B, T) = try promptMask.dimensions()
    let image = try Tensor.ones([B, imageTokenCount], dtype: .bool, device: promptMask.device)
    return try Tensor(concatenating: [promptMask.converted(to: .bool), image], along: 1)
      .reshaped(to: [B, 1, 1, T + imageTokenCount])
  }
}
