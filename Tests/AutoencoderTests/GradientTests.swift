import Autoencoder
import Testing
import Torch
import TorchTesting
import Weights

@Suite struct GradientTests {
  @Test(.tags(.golden)) func everyGradientIsThatOfDiffusers() throws {
    let store = WeightStore(SeededWeights())
    let vae = try QwenImageVAE(fixtureConfiguration("three-levels"), weights: store.root)
    for weight in store.parameters.compactMap(\.tensor) { try weight.setRequiresGradient() }
    let image = try seededInput("image 20x36", [1, 5, 20, 36]).clamped(to: -1...1)
    let posterior = try vae.encode(image)
    let (mean, logarithmicVariance) = (posterior.mean, posterior.logarithmicVariance)
    let divergence =
      try (mean * mean + logarithmicVariance.exponential() - 1 - logarithmicVariance).mean() / 2
    let error = try vae.decode(mean) - image
    let loss = try (error * error).mean() + divergence * 1e-2
    let golden = try Golden("gradients")
    try expectClose(loss, golden["loss"])
    try expectGradients(of: loss, from: store, closeTo: golden)
  }
}
