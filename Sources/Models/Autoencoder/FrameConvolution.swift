import Torch
import Weights

// Shapes: B batch, I and O channels in and out, H, W height and width, K kernel side.

/// A convolution over single frames.
///
/// Keys: `weight` `[O, I, K, K]`, or `[O, I, K, K, K]` where the checkpoint's network looks back in time, and
/// `bias` `[O]`. Weights lie channels last, as the pictures that they meet.
package struct FrameConvolution {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Int

  package init(
    _ weights: WeightScope, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0
  ) throws {
    weight = try weights.tensor(
      "weight", shape: [outputs, inputs, kernel, kernel], layout: .channelsLast)
    bias = try weights.tensor("bias", shape: [outputs])
    self.stride = stride
    self.padding = padding
  }

  /// The part that one frame meets of a convolution over time.
  ///
  /// Such a convolution sees only zeros before the first frame, so of its kernel the last temporal position alone
  /// takes part, exactly. Source: diffusers `QwenImageCausalConv3d` with one frame.
  package init(causal weights: WeightScope, inputs: Int, outputs: Int, kernel: Int) throws {
    weight = try weights.tensor(
      "weight", shape: [outputs, inputs, kernel, kernel, kernel], position: kernel - 1, along: 2,
      layout: .channelsLast)
    bias = try weights.tensor("bias", shape: [outputs])
    stride = 1
    padding = kernel / 2
  }

  package var dtype: DType { weight.dtype }
  package var device: Device { weight.device }

  /// - Parameter x: Shape `[B, I, H, W]`.
  /// - Returns: Shape `[B, O, H', W']`.
  /// - Throws: ``TorchError``.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x.convolved(weight: weight, bias: bias, stride: stride, padding: padding)
  }
}
