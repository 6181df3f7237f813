import Torch
import TorchNN
import Weights

/// Two linear layers with a GELU (tanh form) between them, four times as wide inside.
package struct FeedForward {
  private let expand: Linear
  private let contract: Linear

  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    let width = configuration.modelWidth
    expand = try Linear(
      weights["net"][0]["proj"], inputs: width, outputs: 4 * width, bearsInt8: true)
    contract = try Linear(weights["net"][2], inputs: 4 * width, outputs: width, bearsInt8: true)
  }

  /// `[B, S, D]` to the same shape.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try contract(expand.withTanhGELU(x))
  }
}

/// Joint attention of two streams, then an MLP for each, all modulated by the timestep.
///
/// Source: diffusers `QwenImageTransformerBlock`.
package struct TransformerBlock {
  private let imageModulation: ModulationProjection
  private let textModulation: ModulationProjection
  private let attention: JointAttention
  private let imageMLP: FeedForward
  private let textMLP: FeedForward

  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    imageModulation = try ModulationProjection(configuration, weights: weights["img_mod"])
    textModulation = try ModulationProjection(configuration, weights: weights["txt_mod"])
    attention = try JointAttention(configuration, weights: weights["attn"])
    imageMLP = try FeedForward(configuration, weights: weights["img_mlp"])
    textMLP = try FeedForward(configuration, weights: weights["txt_mlp"])
  }

  /// The streams behind this block.
  ///
  /// - Parameters:
  ///   - pass: Image tokens `[B, S, D]` and text tokens `[B, T, D]`, with the time, positions and mask.
  ///   - isLast: Whether nothing reads the text tokens behind it, which are then left as they came.
  /// - Returns: The streams for the next block, of the same shapes.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package func callAsFunction(
    _ pass: TransformerPass, isLast: Bool = false
  ) throws(TorchError) -> TokenStreams {
    let image = try imageModulation(pass.activatedTime)
    let text = try textModulation(pass.activatedTime)
    var x = pass.streams.image
    var c = pass.streams.text

    let attended = try attention(
      TokenStreams(image: image.attention.modulated(x), text: text.attention.modulated(c)),
      positions: pass.positions, mask: pass.mask, isTextRead: !isLast)
    x = try image.attention.adding(attended.image, to: x)
    x = try image.mlp.adding(imageMLP(image.mlp.modulated(x)), to: x)
    if !isLast {
      c = try text.attention.adding(attended.text, to: c)
      c = try text.mlp.adding(textMLP(text.mlp.modulated(c)), to: c)
    }

    return TokenStreams(image: try withinFloat16(x), text: try withinFloat16(c))
  }

  /// Sums of float16 numbers may leave its range; the other types have room.
  private func withinFloat16(_ x: Tensor) throws(TorchError) -> Tensor {
    x.dtype == .float16 ? try x.clamped(to: -65504...65504) : x
  }
}
