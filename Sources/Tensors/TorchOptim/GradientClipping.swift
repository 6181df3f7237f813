import Torch

/// Shortens gradients, in place, so that all together they are no longer than a limit.
///
/// Source: `torch.nn.utils.clip_grad_norm_`: multiplied by `min(1, limit / (norm + 1e-6))`.
///
/// - Parameters:
///   - gradients: Of all parameters; `nil` counts as zero.
///   - limit: The greatest Euclidean length, above 0.
/// - Returns: The length before. Where that is not finite nothing is changed, and the step should be skipped.
/// - Throws: ``TorchError``.
package func clipGradients(
  _ gradients: [Tensor?], toNorm limit: Double
) throws(TorchError) -> Double {
  let present = gradients.compactMap { $0 }
  return try withoutGradients { () throws(TorchError) in
    let norm = try present.euclideanNorm()
    let found = try norm.values(as: Double.self).first ?? 0
    guard found.isFinite else { return found }
    if found + 1e-6 > limit {
      try present.multiplyInPlace(by: (norm + 1e-6).reciprocal() * limit)
    }
    return found
  }
}
