import Torch
import Weights

// Shapes: B batch, C channels, H, W height and width.

/// The lowest resolution: a residual block, attention, a residual block.
///
/// Source: diffusers `QwenImageMidBlock`.
struct MiddleBlock {
  private let first: ResidualBlock
  private let attention: PixelAttention
  private let second: ResidualBlock

  init(_ weights: WeightScope, width: Int) throws {
    first = try ResidualBlock(weights["resnets"][0], inputs: width, outputs: width)
    attention = try PixelAttention(weights["attentions"][0], width: width)
    second = try ResidualBlock(weights["resnets"][1], inputs: width, outputs: width)
  }

  /// `[B, C, H, W]` to the same shape.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try second(attention(first(x)))
  }
}

/// Self-attention with one head, in which every pixel is a token.
///
/// Source: diffusers `QwenImageAttentionBlock`.
struct PixelAttention {
  private let norm: ChannelNorm
  private let queryKeyValue: FrameConvolution
  private let output: FrameConvolution

  init(_ weights: WeightScope, width: Int) throws {
    norm = try ChannelNorm(weights["norm"], width: width, axisCount: 2)
    queryKeyValue = try FrameConvolution(
      weights["to_qkv"], inputs: width, outputs: 3 * width, kernel: 1)
    output = try FrameConvolution(weights["proj"], inputs: width, outputs: width, kernel: 1)
  }

  /// `[B, C, H, W]` to the same shape.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let (B, C, H, W) = try x.dimensions()
    let projected = try queryKeyValue(norm(x)).permuted([0, 2, 3, 1])
    let tokens = try projected.reshaped(to: [B, 1, H * W, 3 * C]).chunks(3, along: -1)
    let mixed = try plainAttention(query: tokens[0], key: tokens[1], value: tokens[2])
    var sum = try output(mixed.reshaped(to: [B, H, W, C]).permuted([0, 3, 1, 2]))
    try sum += x
    return sum
  }
}
