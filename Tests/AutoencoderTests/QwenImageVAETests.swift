import Autoencoder
import Testing
import Torch
import TorchTesting
import Weights

@Suite struct QwenImageVAETests {
  @Test(arguments: [(32, 32, 2), (40, 24, 1)])
  func encodingAndDecodingMatchDiffusers(height: Int, width: Int, batch: Int) throws {
    try expectReferenceResults("four-levels", height, width, batch: batch, compression: 8)
  }

  @Test func networkOfAnotherDepthAndOddWidthsMatchesDiffusers() throws {
    try expectReferenceResults("three-levels", 20, 36, batch: 1, compression: 4)
  }

  private func expectReferenceResults(
    _ fixture: String, _ height: Int, _ width: Int, batch: Int, compression: Int
  ) throws {
    let reference = try ReferenceVAE(fixture)
    let (vae, golden) = (reference.vae, reference.golden)
    let size = "\(height)x\(width)"
    #expect(vae.configuration.compression == compression)
    let latents = try reference.latents(height / compression, width / compression, batch: batch)
    let found = try vae.encode(reference.image(height, width, batch: batch))
    try expectClose(found.mean, golden["mean \(size)"], relative: 1e-5, absolute: 1e-5)
    try expectClose(
      found.logarithmicVariance, golden["log variance \(size)"], relative: 1e-5, absolute: 1e-5)
    try expectClose(
      found.sample(generator: Generator(seed: 7)), golden["sample \(size)"], relative: 1e-5,
      absolute: 1e-5)
    try expectClose(
      vae.decode(latents), golden["picture \(size)"], relative: 1e-5, absolute: 1e-5)
    try expectClose(vae.statistics.normalize(latents), golden["normalized \(size)"])
    try expectClose(vae.statistics.denormalize(latents), golden["denormalized \(size)"])
  }

  @Test func bfloat16StaysWithinTwoUnitsInTheLastPlaceOfDiffusers() throws {
    let reference = try ReferenceVAE("bfloat16", dtype: .bfloat16)
    let (vae, golden) = (reference.vae, reference.golden)
    let latents = try reference.latents(5, 3)
    let found = try vae.encode(reference.image(40, 24))
    #expect(found.mean.dtype == .bfloat16)
    let whole = try ReferenceVAE("bfloat16")
    let exact = try whole.vae.encode(whole.image(40, 24))
    try expectCloseInBFloat16(found.mean, golden["mean 40x24"], exact: exact.mean)
    try expectCloseInBFloat16(
      found.logarithmicVariance, golden["log variance 40x24"], exact: exact.logarithmicVariance)
    try expectCloseInBFloat16(
      vae.decode(latents), golden["picture 40x24"], exact: whole.vae.decode(whole.latents(5, 3)))
  }

  @Test func latentStatisticsRoundInBFloat16AsDiffusersDoes() throws {
    let reference = try ReferenceVAE("bfloat16", dtype: .bfloat16)
    let latents = try reference.latents(5, 3)
    let statistics = reference.vae.statistics
    try expectCloseInBFloat16(
      statistics.normalize(latents), reference.golden["normalized 40x24"], exact: nil, ulps: 0,
      share: 1)
    try expectCloseInBFloat16(
      statistics.denormalize(latents), reference.golden["denormalized 40x24"], exact: nil, ulps: 0,
      share: 1)
  }

  @Test func batchTakenOneByOneGivesTheSameNumbers() throws {
    let reference = try ReferenceVAE("four-levels")
    let image = try reference.image(32, 32, batch: 2)
    let latents = try reference.latents(4, 4, batch: 2)
    let whole = try reference.vae.encode(image).mean
    try expectClose(
      reference.vae.encode(image, slicesBatch: true).mean, whole, relative: 1e-5, absolute: 1e-5)
    try expectClose(
      reference.vae.decode(latents, slicesBatch: true), reference.vae.decode(latents),
      relative: 1e-5, absolute: 1e-5)
  }

  @Test func pictureOfTheWrongShapeIsRefused() throws {
    let vae = try ReferenceVAE("four-levels").vae
    #expect(
      throws: TorchError.unexpectedShape(
        what: "image for the autoencoder, its sides multiples of 8", expected: [1, 4, 32, 24],
        found: [1, 3, 32, 30])
    ) { try vae.encode(.zeros([1, 3, 32, 30])) }
    #expect(
      throws: TorchError.unexpectedShape(
        what: "latents for the autoencoder", expected: [1, 16, 4, 4], found: [1, 4, 4, 4])
    ) { try vae.decode(.zeros([1, 4, 4, 4])) }
  }

  @Test func convolutionOverTimeOfOneFrameIsItsLastPosition() throws {
    // Small whole numbers, so that every sum is exact in any order.
    let weight = try (seededInput("weight", [5, 6, 3, 3, 3]) * 4).rounded()
    let bias = try (seededInput("bias", [5]) * 4).rounded()
    let frame = try (seededInput("frame", [2, 6, 7, 9]) * 4).rounded()
    let store = WeightStore(TensorDictionary(["weight": weight, "bias": bias]))
    let convolution = try FrameConvolution(causal: store.root, inputs: 6, outputs: 5, kernel: 3)

    let convolutionOverTime = Operator("aten::conv3d")
    let video = try frame.addingAxis(at: 2).padded([1, 1, 1, 1, 2, 0])
    let expected = try convolutionOverTime(.tensor(video), .tensor(weight), .tensor(bias))
    #expect(
      try convolution(frame).values(as: Float.self)
        == expected.removingAxis(at: 2).values(as: Float.self))
  }

  @Test func gradientsReachTheImageTheLatentsAndEveryWeightInUse() throws {
    let store = WeightStore(SeededWeights())
    let vae = try QwenImageVAE(fixtureConfiguration("three-levels"), weights: store.root)
    let used = store.parameters.compactMap(\.tensor)
    let image = try seededInput("image", [1, 5, 8, 8])
    for tensor in used + [image] { try tensor.setRequiresGradient() }
    let reconstruction = try vae.decode(vae.encode(image).sample(generator: Generator(seed: 1)))
    let found = try gradients(
      of: (reconstruction * reconstruction).mean(), withRespectTo: used + [image])
    for (gradient, tensor) in zip(found, used + [image]) {
      let gradient = try #require(gradient)
      #expect(gradient.shape == tensor.shape)
      #expect(try gradient.isFinite())
      #expect(try gradient.magnitude().maximum().values(as: Float.self)[0] > 0)
    }
  }
}
