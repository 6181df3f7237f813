import Diffusion
import DiffusionTransformer
import Testing
import Torch
import TorchTesting
import Weights

@Suite struct GradientTests {
  @Test(.tags(.golden)) func everyGradientIsThatOfDiffusers() throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = 2
    configuration.headCount = 2
    configuration.textWidth = 64
    let store = WeightStore(SeededWeights())
    let model = try QwenImageTransformer(configuration, weights: store.root)
    for weight in store.parameters.compactMap(\.tensor) { try weight.setRequiresGradient() }
    let layout = TokenLayout.layered(frameCount: 3, grid: TokenGrid(rows: 3, columns: 4))
    let velocity = try model(
      seededInput("gradients.latents", [2, 48, 64]), layout: layout,
      prompt: seededInput("gradients.prompt", [2, 7, 64]),
      promptMask: Tensor([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0] as [UInt8], shape: [2, 7]),
      time: Tensor([0.9, 0.35] as [Float], shape: [2]),
      additionalCondition: Tensor([0, 1] as [Int64], shape: [2]))
    let error = try velocity - seededInput("gradients.target", [2, 36, 64])
    let loss = try (error * error).mean()
    let golden = try Golden("gradients")
    try expectClose(loss, golden["loss"])
    try expectGradients(of: loss, from: store, closeTo: golden)
  }
}
