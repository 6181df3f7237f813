import Autoencoder
import Checkpoints
import FileTesting
import LearningTesting
import Settings
import Testing
import Torch
import TorchTesting
import Weights

@testable import Training

@Suite struct AutoencoderTrainingTests {
  @Test func theLossFallsOnAFewSamples() async throws {
    let run = try TinyAutoencoderRun("steps: 30\nlearning-rate: {peak: 3e-3}")
    let losses = try await run.train().compactMap(\.loss)
    #expect(losses.count == 30)
    let (first, last) = (losses.prefix(6).reduce(0, +), losses.suffix(6).reduce(0, +))
    #expect(last < first * 0.7)
  }

  @Test func anInterruptedRunEndsWithTheSameBits() async throws {
    let run = try TinyAutoencoderRun(
      """
      steps: 6
      learning-rate: {peak: 1e-3}
      average: {rate: 0.9}
      loss: {adversarial: {start: 2, width: 4}}
      latents: {statistics: measure}
      """)
    try await run.train(output: run.scratch.path + "/straight")
    try await run.train(stoppingAt: 3)
    try await run.train()
    let straight = try TinyRun.tensors(of: run.scratch.path + "/straight", step: 6)
    let pieces = try TinyRun.tensors(of: run.output, step: 6)
    #expect(straight.keys.contains { $0.hasPrefix("first/discriminator.") })
    #expect(straight.count == pieces.count)
    for (name, values) in straight { #expect(values == pieces[name], "\(name)") }
    let (one, other) = (
      try run.model(of: run.scratch.path + "/straight", step: 6),
      try run.model(of: run.output, step: 6)
    )
    #expect(try one.fingerprint() == other.fingerprint())
    #expect(try one.openVAE().configuration == other.openVAE().configuration)
  }

  @Test func aDecoderLearnsAloneBehindAFrozenEncoder() async throws {
    let run = try TinyAutoencoderRun(
      """
      steps: 2
      learning-rate: {peak: 1e-3}
      freeze: [encoder., quant_conv.]
      """)
    try await run.train()
    let (start, end) = (
      try CheckpointFolder(path: run.scratch.path + "/model").openVAE().weights,
      try run.model(of: run.output, step: 2).openVAE().weights
    )
    func isChanged(_ key: String, _ shape: [Int]) throws -> Bool {
      try start.tensor(key, shape: shape)?.values(as: Float.self)
        != end.tensor(key, shape: shape)?.values(as: Float.self)
    }
    #expect(try isChanged("decoder.conv_out.weight", [4, 8, 3, 3, 3]))
    #expect(try !isChanged("encoder.conv_in.weight", [8, 4, 3, 3, 3]))
  }

  @Test func theDiscriminatorLearnsFromItsFirstStepOn() async throws {
    let run = try TinyAutoencoderRun(
      "steps: 4\nlearning-rate: {peak: 1e-3}\nloss: {adversarial: {start: 2, width: 4}}")
    let metrics = try await run.train().compactMap(\.metrics)
    #expect(metrics.map { $0.parts?["discriminator"] == 0 } == [true, true, false, false])
  }

  @Test func measuredStatisticsMakeLatentsStandardNormal() async throws {
    let run = try TinyAutoencoderRun(
      """
      steps: 1
      learning-rate: {peak: 1e-9}
      latents: {statistics: measure}
      pictures: {composites: 1, side: 64}
      """)
    try await run.train()
    let files = try run.model(of: run.output, step: 1).openVAE()
    let vae = try files.load(dtype: .float32, device: .cpu).network
    let batches = PictureBatches(
      source: run.samples, configuration: try run.configuration(), dtype: .float32, device: .cpu)
    let all = try batches.plan(ofEpoch: 0).compactMap {
      try batches.read($0, epoch: 0, skip: { _, error in throw error })?.pictures
    }
    let latents = try vae.statistics.normalize(
      vae.encode(Tensor(concatenating: all, along: 0)).mean)
    let channels = try latents.permuted([1, 0, 2, 3]).reshaped(to: [16, -1])
    try expectClose(channels.mean(along: 1), .zeros([16]), relative: 0, absolute: 1e-3)
    try expectClose(
      (channels * channels).mean(along: 1), .ones([16]), relative: 0, absolute: 1e-3)
  }

  @Test func anAutoencoderOfOpaquePicturesGetsAnAlphaChannel() async throws {
    var run = try TinyAutoencoderRun("steps: 1\nlearning-rate: {peak: 1e-9}")
    let start = run.scratch.path + "/rgb"
    try run.writeOpaqueAutoencoder(to: start)
    run.settings += "\nstart: \(start)"
    try await run.train()
    let model = try run.model(of: run.output, step: 1)
    let vae = try model.openVAE().load(dtype: .float32, device: .cpu).network
    let picture = try withoutGradients {
      try vae.decode(vae.encode(seededInput("image", [1, 4, 32, 32]).clamped(to: -1...1)).mean)
    }
    try expectClose(
      picture.slice(3..<4, along: 1), .ones([1, 1, 32, 32]), relative: 0, absolute: 1e-4)
  }

  @Test func aPictureSmallerThanTheSquareIsEnlarged() throws {
    let run = try TinyAutoencoderRun("pictures: {side: 96}")
    let batches = PictureBatches(
      source: run.samples, configuration: try run.configuration(), dtype: .float32, device: .cpu)
    let batch = try batches.read([0, 1], epoch: 0) { _, error in throw error }
    #expect(batch?.pictures.shape == [2, 4, 96, 96])
  }
}

@Suite struct ReconstructionLossTests {
  /// Two backgrounds with the moments of natural pictures: their mean plus and minus the deviation.
  @Test func itIsTheMeanSquareOverBackgroundsOfNaturalPictures() throws {
    let picture = try seededInput("picture", [2, 4, 8, 8]).clamped(to: -1...1)
    let made = try seededInput("made", [2, 4, 8, 8]).clamped(to: -1...1)
    let means: [Float] = [-0.0357, -0.0811, -0.1797]
    let deviations = zip(means, [0.3163, 0.3060, 0.3634] as [Float]).map {
      ($1 - $0 * $0).squareRoot()
    }
    var sum = try Tensor.zeros([])
    for sign in [-1, 1] as [Float] {
      let background = try Tensor(
        zip(means, deviations).map { $0 + sign * $1 }, shape: [3, 1, 1])
      let difference = try over(picture, background) - over(made, background)
      sum = try sum + (difference * difference).mean() / 2
    }
    try expectClose(ReconstructionLoss()(made, pictures: picture).reconstruction, sum)
  }

  @Test func coloursUnderTransparentPixelsDoNotCount() throws {
    let clear = try Tensor.full(-1, shape: [1, 1, 8, 8])
    let colours = try ["a", "b"].map { try seededInput($0, [1, 3, 8, 8]) }
    let pictures = try colours.map { try Tensor(concatenating: [$0, clear], along: 1) }
    try expectClose(
      ReconstructionLoss()(pictures[0], pictures: pictures[1]).reconstruction, .zeros([]))
  }

  @Test func aHazeCountsByItsDepthWhereAlphaHasAWeight() throws {
    let clear = try Tensor.full(-1, shape: [1, 4, 8, 8])
    let haze = try Tensor(
      concatenating: [.full(-1, shape: [1, 3, 8, 8]), .full(-0.98, shape: [1, 1, 8, 8])], along: 1)
    let difference =
      try ReconstructionLoss(alphaWeight: 0.5)(haze, pictures: clear).reconstruction
      - ReconstructionLoss()(haze, pictures: clear).reconstruction
    try expectClose(difference, .full(0.5 * 0.01, shape: []))
  }

  private func over(_ picture: Tensor, _ background: Tensor) throws -> Tensor {
    let (colour, alpha) = try ReconstructionLoss.parts(picture)
    return try colour + (1 - alpha) * background
  }
}

@Suite struct PatchDiscriminatorTests {
  @Test(.tags(.golden)) func everyGradientIsThatOfPyTorch() throws {
    let store = WeightStore(SeededWeights())
    let discriminator = try PatchDiscriminator(width: 4, weights: store.root)
    for weight in store.parameters.compactMap(\.tensor) { try weight.setRequiresGradient() }
    let pictures = try ["given", "made"].map {
      try seededInput("discriminator.\($0)", [3, 4, 32, 40]).clamped(to: -1...1)
    }
    let loss = try PatchDiscriminator.loss(
      given: discriminator(pictures[0]), made: discriminator(pictures[1]))
    let golden = try Golden("discriminator")
    try expectClose(loss, golden["loss"])
    try expectGradients(of: loss, from: store, closeTo: golden)
  }
}
