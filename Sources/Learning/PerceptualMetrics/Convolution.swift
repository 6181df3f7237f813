import Torch
import Weights

// Shapes: B batch, I and O channels in and out, H, W height and width, K kernel side.

/// A convolution with a square kernel.
///
/// Keys: `weight` `[O, I, K, K]`, `bias` `[O]`.
struct Convolution {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Int

  init(
    _ weights: WeightScope, inputs: Int, outputs: Int, side: Int, stride: Int = 1, padding: Int
  ) throws {
    weight = try weights.tensor("weight", shape: [outputs, inputs, side, side])
    bias = try weights.tensor("bias", shape: [outputs])
    self.stride = stride
    self.padding = padding
  }

  /// `[B, I, H, W]` to `[B, O, H', W']`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x.convolved(weight: weight, bias: bias, stride: stride, padding: padding)
  }
}
