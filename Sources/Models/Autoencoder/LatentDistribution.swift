import Torch

// Shapes: B batch, Z latent channels, h, w height and width of the latents.

/// What a picture's latents may be: independent normal numbers.
///
/// Source: diffusers `DiagonalGaussianDistribution`.
package struct LatentDistribution {
  /// The most likely latents, which inference takes, shape `[B, Z, h, w]`.
  package let mean: Tensor
  /// The logarithm of the variance, in -30...20, shape `[B, Z, h, w]`.
  package let logarithmicVariance: Tensor

  /// - Parameter moments: Shape `[B, 2 * Z, h, w]`, means first.
  /// - Throws: ``TorchError``.
  init(moments: Tensor) throws(TorchError) {
    let halves = try moments.chunks(2, along: 1)
    mean = halves[0]
    logarithmicVariance = try halves[1].clamped(to: -30...20)
  }

  /// Latents drawn from the distribution, shape `[B, Z, h, w]`; the noise is drawn in the type of the mean.
  package func sample(generator: Generator) throws(TorchError) -> Tensor {
    let noise = try Tensor.normal(mean.shape, dtype: mean.dtype, generator: generator)
    let deviation = try (logarithmicVariance * 0.5).exponential()
    return try mean + deviation * noise.moved(to: mean.device)
  }
}
