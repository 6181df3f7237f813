import Torch

/// Steers the velocity away from what a negative prompt predicts.
///
/// Source: diffusers `QwenImageLayeredPipeline`, `true_cfg_scale` and `cfg_normalize`.
package struct ClassifierFreeGuidance: Hashable, Sendable {
  /// How far to go; above 1.
  package let scale: Double
  /// Whether each token keeps the length that the positive prompt gave it.
  package let isNormalized: Bool

  package init(scale: Double, isNormalized: Bool) {
    self.scale = scale
    self.isNormalized = isNormalized
  }

  /// The velocity that lies `scale` times as far from the negative prompt's as the positive one's does.
  ///
  /// - Parameters:
  ///   - positive: The velocity for the prompt, shape `[B, S, 64]`.
  ///   - negative: The velocity for the negative prompt, of the same shape.
  /// - Returns: Shape `[B, S, 64]`; if normalised, each token as long as in `positive`.
  /// - Throws: ``TorchError``.
  package func combine(positive: Tensor, negative: Tensor) throws(TorchError) -> Tensor {
    let combined = try negative + scale * (positive - negative)
    guard isNormalized else { return combined }
    let ratio = try positive.euclideanNorm(along: -1) / combined.euclideanNorm(along: -1)
    return try combined * ratio
  }
}
