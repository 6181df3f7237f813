import AtomicFiles
import Autoencoder
import FoundationEssentials
import LayerDecomposition
import PerceptualMetrics
import Torch
import Weights

// Shapes: B pictures, Z latent channels, h, w height and width of the latents, S side of the pictures.

/// Pictures with transparency that come back from their latents as they were.
struct AutoencoderObjective: TrainingObjective {
  static let partNames = [
    "reconstruction", "perceptual", "divergence", "adversarial", "discriminator",
  ]

  private let weights: TrainedWeights<QwenImageVAE>
  private let batches: PictureBatches
  private let loss: ReconstructionLoss
  private let discriminator: PatchDiscriminator?
  private let discriminatorParameters: [(key: String, tensor: Tensor)]
  private let configuration: AutoencoderTrainingConfiguration

  init(
    _ weights: TrainedWeights<QwenImageVAE>, batches: PictureBatches, loss: ReconstructionLoss,
    configuration: AutoencoderTrainingConfiguration, device: Device
  ) throws {
    self.weights = weights
    self.batches = batches
    self.loss = loss
    self.configuration = configuration
    guard let adversary = configuration.adversary else {
      (discriminator, discriminatorParameters) = (nil, [])
      return
    }
    let store = WeightStore(
      DiscriminatorStart(seed: configuration.run.seed), dtype: .float32, device: device,
      isWritable: true)
    discriminator = try PatchDiscriminator(width: adversary.width, weights: store.root)
    try store.finish()
    discriminatorParameters = store.parameters.compactMap { parameter in
      parameter.tensor.map { ("discriminator." + parameter.key, $0) }
    }
    for (_, tensor) in discriminatorParameters { try tensor.setRequiresGradient() }
  }

  var parameters: [(key: String, tensor: Tensor)] { weights.parameters + discriminatorParameters }
  var gradientOrder: [Int] { Array(parameters.indices) }

  var clippedTogether: [Range<Int>] {
    let count = weights.parameters.count
    return [0..<count, count..<parameters.count].filter { !$0.isEmpty }
  }

  func batches(ofEpoch epoch: Int) -> [[Int]] { batches.plan(ofEpoch: epoch) }

  func read(
    _ batch: [Int], epoch: Int, skip: (_ index: Int, _ error: any Error) throws -> Void
  ) throws -> PictureBatch? {
    try batches.read(batch, epoch: epoch, skip: skip)
  }

  // MARK: The loss

  func losses(
    of batch: PictureBatch, step: Int, sampleCount: Int,
    receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws -> [Double] {
    let network = weights.network
    let pictures = try batch.pictures.converted(to: .float32)
    let share = Double(batch.sampleCount) / Double(max(sampleCount, 1))
    let posterior = try network.encode(batch.pictures)
    let latents = try posterior.sample(generator: Generator(seed: batch.seed))
    let made = try network.decodeUnclamped(latents).converted(to: .float32)
    let divergence = try self.divergence(of: posterior, from: batch)

    // Losses by the picture first: the autoencoder is differentiated once, by their weighted sum.
    let leaf = try made.detached()
    try leaf.setRequiresGradient()
    let parts = try loss(leaf, pictures: pictures)
    let likeness = try parts.reconstruction + parts.perceptual * loss.perceptualWeight
    var byPicture = try derivative(of: likeness, by: leaf)
    var adversarial = 0.0
    var judgement = 0.0
    if let discriminator, let adversary = configuration.adversary, step >= adversary.start {
      let deception = try -discriminator(leaf).mean()
      let byDeception = try derivative(of: deception, by: leaf)
      let factor =
        try adversary.weight * balance(of: byPicture, and: byDeception, made: made)
      byPicture = try byPicture + byDeception * factor
      adversarial = try number(deception)
      judgement = try learnToJudge(
        discriminator, given: pictures, made: made.detached(), share: share, receive: receive)
    }
    var outputs: [(Tensor, factor: Tensor?)] = [(made, factor: try byPicture * share)]
    // Latents of a frozen encoder do not change.
    if divergence.requiresGradient {
      outputs.append((try divergence * (configuration.divergenceWeight * share), factor: nil))
    }
    let found = try gradients(
      of: outputs, withRespectTo: weights.parameters.map(\.tensor))
    for (index, gradient) in found.enumerated() {
      if let gradient { try receive(index, gradient) }
    }
    let (reconstruction, perceptual, apart) = (
      try number(parts.reconstruction), try number(parts.perceptual), try number(divergence)
    )
    let total =
      reconstruction + loss.perceptualWeight * perceptual
      + configuration.divergenceWeight * apart
    return [total, reconstruction, perceptual, apart, adversarial, judgement].map { $0 * share }
  }

  /// Of the latents from standard normal ones, summed over a picture's latents and divided by the count of its colour
  /// values, which are what the reconstruction is a mean of.
  private func divergence(
    of posterior: LatentDistribution, from batch: PictureBatch
  ) throws -> Tensor {
    let mean = try posterior.mean.converted(to: .float32)
    let logarithm = try posterior.logarithmicVariance.converted(to: .float32)
    let sum = try (mean * mean + logarithm.exponential() - 1 - logarithm).sum() / 2
    return try sum / Double(batch.sampleCount * 3 * configuration.side * configuration.side)
  }

  /// How much longer the gradient of likeness is than that of deception at the decoder's last weights.
  ///
  /// Source: Esser et al., "Taming Transformers", section 3.2.
  private func balance(
    of likeness: Tensor, and deception: Tensor, made: Tensor
  ) throws -> Double {
    guard let last = weights.parameters.first(where: { $0.key == "decoder.conv_out.weight" })
    else { return 1 }
    func length(_ byPicture: Tensor) throws -> Double {
      let found = try gradients(
        of: [(made, factor: byPicture)], withRespectTo: [last.tensor], keepingRecord: true)
      let present = try found.compactMap { try $0?.converted(to: .float32) }
      return try number(present.euclideanNorm())
    }
    return try min(max(length(likeness) / (length(deception) + 1e-4), 0), 1e4)
  }

  private func learnToJudge(
    _ discriminator: PatchDiscriminator, given: Tensor, made: Tensor, share: Double,
    receive: (_ index: Int, _ gradient: Tensor) throws -> Void
  ) throws -> Double {
    let judgement = try PatchDiscriminator.loss(
      given: discriminator(given), made: discriminator(made))
    let found = try gradients(
      of: judgement * share, withRespectTo: discriminatorParameters.map(\.tensor))
    for (index, gradient) in found.enumerated() {
      if let gradient { try receive(weights.parameters.count + index, gradient) }
    }
    return try number(judgement)
  }

  private func derivative(of loss: Tensor, by picture: Tensor) throws -> Tensor {
    guard let found = try gradients(of: loss, withRespectTo: [picture])[0] else {
      return try .zeros(picture.shape, device: picture.device)
    }
    return found
  }

  private func number(_ tensor: Tensor) throws -> Double {
    try tensor.values(as: Double.self).first ?? .nan
  }

  // MARK: The model of a checkpoint

  func write(to output: AtomicFolder, values: [Tensor]) throws {
    var written = weights.network.configuration
    if configuration.statistics == .measure {
      (written.latentMeans, written.latentDeviations) = try measuredStatistics()
    }
    try weights.write(
      to: output, values: values.prefix(weights.parameters.count),
      configuration: VAEConfigurationFile(configuration: written).encoded())
  }

  /// Of the latents of up to 256 pictures, the same at every checkpoint, channel by channel.
  private func measuredStatistics() throws -> (means: [Double], deviations: [Double]) {
    let channelCount = weights.network.configuration.latentChannelCount
    var sums = Array(repeating: 0.0, count: channelCount)
    var squares = sums
    var count = 0.0
    try withoutGradients {
      for places in batches.plan(ofEpoch: 0) where count < 256 {
        guard let batch = try batches.read(places, epoch: 0, skip: { _, _ in }) else { continue }
        let mean = try weights.network.encode(batch.pictures).mean.converted(to: .float32)
        let channels = try mean.permuted([1, 0, 2, 3]).reshaped(to: [channelCount, -1])
        let pictureCount = Double(batch.sampleCount)
        let means = try channels.mean(along: 1).values(as: Double.self)
        let powers = try (channels * channels).mean(along: 1).values(as: Double.self)
        for channel in 0..<channelCount {
          sums[channel] += means[channel] * pictureCount
          squares[channel] += powers[channel] * pictureCount
        }
        count += pictureCount
      }
    }
    let means = sums.map { $0 / max(count, 1) }
    let deviations = zip(means, squares).map { mean, square in
      max(square / max(count, 1) - mean * mean, 1e-12).squareRoot()
    }
    return (means, deviations)
  }
}

/// `vae/config.json` as diffusers writes it.
private struct VAEConfigurationFile: Encodable {
  let configuration: QwenImageVAE.Configuration

  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case version = "_diffusers_version"
  }

  func encode(to encoder: any Encoder) throws {
    try configuration.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode("AutoencoderKLQwenImage", forKey: .className)
    try values.encode("0.36.0", forKey: .version)
  }

  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}
