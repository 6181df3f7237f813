import Glibc
import Shards
import Torch

// Shapes: B batch, S tokens, C channels of a token.

/// How noisy the samples of a step are.
///
/// Source: arXiv 2403.03206, section 3.1 (logit-normal), and the shift by size of diffusers' scheduler.
package struct NoiseLevels: Hashable, Sendable {
  /// How a level is drawn before it is shifted.
  package enum Distribution: Hashable, Sendable {
    /// The logistic function of a normal number.
    case logitNormal(location: Double, scale: Double)
    case uniform
  }

  /// What moves levels towards noise.
  package enum Shift: Hashable, Sendable {
    case none
    /// By √(tokens of a picture / 256), as in inference.
    case resolution
    case factor(Double)
  }

  package var distribution = Distribution.logitNormal(location: 0, scale: 1)
  package var shift = Shift.resolution

  package init() {}

  /// Draws a level.
  ///
  /// - Parameters:
  ///   - random: What it is drawn from.
  ///   - pictureTokenCount: Tokens of one picture of the sample.
  /// - Returns: The share of noise, in 0...1.
  func draw(from random: inout SeededRandom, pictureTokenCount: Int) -> Double {
    let level: Double =
      switch distribution {
      case .uniform: random.uniform()
      case .logitNormal(let location, let scale):
        1 / (1 + exp(-(location + scale * random.normal())))
      }
    let factor: Double =
      switch shift {
      case .none: 1
      case .resolution: (Double(pictureTokenCount) / 256).squareRoot()
      case .factor(let factor): factor
      }
    return factor * level / (1 + (factor - 1) * level)
  }
}

/// Rectified flow with the sign of the released weights: from data at level 0 to noise at level 1.
package enum FlowMatching {
  /// Data and noise mixed at each sample's level.
  ///
  /// - Parameters:
  ///   - data: Clean tokens, shape `[B, S, C]`.
  ///   - noise: Of the same shape.
  ///   - levels: Shape `[B]`, float32.
  /// - Returns: `(1 - level) data + level noise`, computed in float32, in the type of `data`.
  /// - Throws: ``TorchError``.
  package static func mixed(
    _ data: Tensor, noise: Tensor, levels: Tensor
  ) throws(TorchError) -> Tensor {
    let level = try levels.reshaped(to: [-1, 1, 1])
    let sum = try data.converted(to: .float32) * (1 - level) + noise.converted(to: .float32) * level
    return try sum.converted(to: data.dtype)
  }

  /// For each sample the mean squared difference of a velocity to noise minus data.
  ///
  /// - Parameters:
  ///   - velocity: What the network says, shape `[B, S, C]`.
  ///   - data: Clean tokens, of the same shape.
  ///   - noise: Of the same shape.
  /// - Returns: Shape `[B]`, float32.
  /// - Throws: ``TorchError``.
  package static func losses(
    of velocity: Tensor, data: Tensor, noise: Tensor
  ) throws(TorchError) -> Tensor {
    let target = try noise.converted(to: .float32) - data.converted(to: .float32)
    let error = try velocity.converted(to: .float32) - target
    return try (error * error).reshaped(to: [error.shape[0], -1]).mean(along: 1)
  }
}
