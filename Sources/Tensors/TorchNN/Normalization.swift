import Torch
import Weights

/// Root-mean-square normalisation over the last axis.
///
/// Key: `weight` `[width]`. The mean of squares and the division run in float32; the quotient is rounded to the
/// weight's type before the multiplication, as diffusers and transformers do.
package struct RMSNorm {
  let weight: Tensor
  let epsilon: Double

  package init(_ weights: WeightScope, width: Int, epsilon: Double = 1e-6) throws {
    weight = try weights.tensor("weight", shape: [width])
    self.epsilon = epsilon
  }

  /// `[..., width]` to the same shape, in the type of the weight.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let wide = try x.converted(to: .float32)
    let meanSquare = try (wide * wide).mean(along: -1, keepingAxis: true)
    let normalized = try wide * (meanSquare + epsilon).reciprocalSquareRoot()
    return try normalized.converted(to: weight.dtype) * weight
  }
}

/// Layer normalisation over the last axis without weights; inside in float32, the result in the type of `x`.
package func layerNormalized(_ x: Tensor, epsilon: Double = 1e-6) throws(TorchError) -> Tensor {
  try x.layerNormalized(width: x.shape.last ?? 0, epsilon: epsilon)
}
