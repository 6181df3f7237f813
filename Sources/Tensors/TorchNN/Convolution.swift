import Torch
import Weights

/// A 2-D convolution over `[B, C, H, W]`. Keys: `weight` `[out, in, k, k]`, `bias` `[out]`.
package struct Conv2d {
  private let weight: Tensor
  private let bias: Tensor
  private let stride: Int
  private let padding: Int

  package init(
    _ weights: WeightScope, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0
  ) throws {
    self.init(
      weight: try weights.tensor("weight", shape: [outputs, inputs, kernel, kernel]),
      bias: try weights.tensor("bias", shape: [outputs]), stride: stride, padding: padding)
  }

  /// Takes a weight `[out, in, k, k]` that was derived from a stored one.
  package init(weight: Tensor, bias: Tensor, stride: Int = 1, padding: Int = 0) {
    self.weight = weight
    self.bias = bias
    self.stride = stride
    self.padding = padding
  }

  /// - Parameter x: Shape `[B, in, H, W]`.
  /// - Returns: Shape `[B, out, H', W']`.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x.convolved(weight: weight, bias: bias, stride: stride, padding: padding)
  }
}
