import Torch
import Weights

// Shapes: B batch, I and O channels in and out, H, W height and width.

/// Two convolutions around which the picture also passes unchanged.
///
/// Source: diffusers `QwenImageResidualBlock`.
struct ResidualBlock {
  private let norm1: ChannelNorm
  private let conv1: FrameConvolution
  private let norm2: ChannelNorm
  private let conv2: FrameConvolution
  /// Brings the picture to the block's channel count, where that changes.
  private let shortcut: FrameConvolution?

  init(_ weights: WeightScope, inputs: Int, outputs: Int) throws {
    norm1 = try ChannelNorm(weights["norm1"], width: inputs)
    conv1 = try FrameConvolution(
      causal: weights["conv1"], inputs: inputs, outputs: outputs, kernel: 3)
    norm2 = try ChannelNorm(weights["norm2"], width: outputs)
    conv2 = try FrameConvolution(
      causal: weights["conv2"], inputs: outputs, outputs: outputs, kernel: 3)
    shortcut =
      inputs == outputs
      ? nil
      : try FrameConvolution(
        causal: weights["conv_shortcut"], inputs: inputs, outputs: outputs, kernel: 1)
  }

  /// `[B, I, H, W]` to `[B, O, H, W]`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let carried = try shortcut?(x) ?? x
    var hidden = try conv1(norm1.activated(x))
    try norm2.activate(&hidden)
    var sum = try conv2(hidden)
    try sum += carried
    return sum
  }
}
