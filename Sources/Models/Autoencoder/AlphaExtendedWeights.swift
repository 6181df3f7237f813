import Torch
import Weights

/// The weights of a VAE for opaque pictures as those of one with an alpha channel, to start training from.
///
/// The encoder pays alpha no attention and the decoder says +1, opaque, everywhere; colours stay as they were.
/// A tensor that is not of the three-channel shape passes as it is. Source: the paper, "RGBA-VAE".
package struct AlphaExtendedWeights<Base: WeightSource>: WeightSource {
  private let base: Base

  package init(_ base: Base) { self.base = base }

  package var name: String { "\(base.name), with an alpha channel added" }
  package var keys: [String] { base.keys }

  package func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    let (axis, value): (Int, Double)
    switch key {
    case "encoder.conv_in.weight": (axis, value) = (1, 0)
    case "decoder.conv_out.weight": (axis, value) = (0, 0)
    case "decoder.conv_out.bias": (axis, value) = (0, 1)
    default: return try base.tensor(key, shape: shape)
    }
    var opaqueShape = shape
    opaqueShape[axis] -= 1
    guard let stored = try base.tensor(key, shape: opaqueShape) else { return nil }
    guard stored.shape == opaqueShape else { return stored }
    var alphaShape = shape
    alphaShape[axis] = 1
    let alpha = try Tensor.full(
      value, shape: alphaShape, dtype: stored.dtype, device: stored.device)
    return try Tensor(concatenating: [stored, alpha], along: axis)
  }
}

extension AlphaExtendedWeights: Sendable where Base: Sendable {}
