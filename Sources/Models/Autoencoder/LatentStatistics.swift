import Torch

// Shapes: B batch, Z latent channels, h, w height and width of the latents.

/// Means and deviations of the latent channels, by which the transformer's latents have mean 0 and deviation 1.
package struct LatentStatistics: Hashable, Sendable {
  /// One for each of Z channels.
  package let means: [Double]
  /// One for each of Z channels, all positive.
  package let deviations: [Double]

  package init(_ configuration: QwenImageVAE.Configuration) {
    means = configuration.latentMeans
    deviations = configuration.latentDeviations
  }

  /// Latents of the autoencoder, shape `[B, Z, h, w]`, as the transformer sees them.
  package func normalize(_ latents: Tensor) throws(TorchError) -> Tensor {
    try (latents - perChannel(means, like: latents)) / perChannel(deviations, like: latents)
  }

  /// Latents of the transformer, shape `[B, Z, h, w]`, as the autoencoder sees them.
  ///
  /// The reference divides by the rounded reciprocal of the deviation, which differs from a product in the last place.
  package func denormalize(_ latents: Tensor) throws(TorchError) -> Tensor {
    let scale = try perChannel(deviations, like: latents).reciprocal()
    return try latents / scale + perChannel(means, like: latents)
  }

  /// Shape `[Z, 1, 1]`, rounded to the type of the latents.
  private func perChannel(_ values: [Double], like latents: Tensor) throws(TorchError) -> Tensor {
    try Tensor(values.map(Float.init), shape: [values.count, 1, 1])
      .converted(to: latents.dtype).moved(to: latents.device)
  }
}
