import Torch
import Weights

// Shapes: B batch, A image channels, Z latent channels, H, W height and width of the image, h, w of the latents.

/// The autoencoder between pictures with transparency and the latents in which layers are found.
///
/// A video network whose checkpoint it reads, run on one frame, where its convolutions over time are plain ones over
/// the picture. A picture is red, green, blue and alpha in -1...1, colour not multiplied by alpha.
/// Source: diffusers `AutoencoderKLQwenImage`.
package struct QwenImageVAE {
  package let configuration: Configuration
  package let statistics: LatentStatistics
  private let encoder: ImageEncoder
  private let momentsConvolution: FrameConvolution
  private let latentsConvolution: FrameConvolution
  private let decoder: ImageDecoder

  package init(_ configuration: Configuration, weights: WeightScope) throws {
    self.configuration = configuration
    statistics = LatentStatistics(configuration)
    let channelCount = configuration.latentChannelCount
    encoder = try ImageEncoder(configuration, weights: weights["encoder"])
    momentsConvolution = try FrameConvolution(
      causal: weights["quant_conv"], inputs: 2 * channelCount, outputs: 2 * channelCount,
      kernel: 1)
    latentsConvolution = try FrameConvolution(
      causal: weights["post_quant_conv"], inputs: channelCount, outputs: channelCount, kernel: 1)
    decoder = try ImageDecoder(configuration, weights: weights["decoder"])
  }

  /// The type of the weights, and so of the tensors that go in and come out.
  package var dtype: DType { latentsConvolution.dtype }
  package var device: Device { latentsConvolution.device }

  /// What a checkpoint that does not fit seems to be; for ``WeightStore/finish(diagnosing:)``.
  package static func diagnosis(of problems: [WeightProblem]) -> String? {
    for case .misshaped("encoder.conv_in.weight", let expected, let found) in problems
    where expected.count == 5 && found.count == 5 && expected[1] == 4 && found[1] == 3 {
      return "this is the base Qwen-Image VAE (3 channels), not the layered one (4 channels)"
    }
    return nil
  }

  /// The distribution of a picture's latents.
  ///
  /// - Parameters:
  ///   - image: Shape `[B, A, H, W]`, in -1...1; sides are multiples of ``Configuration/compression``.
  ///   - tiling: Encodes a picture larger than a tile tile by tile.
  ///   - slicesBatch: Encodes one picture after the other: the same numbers in less memory.
  /// - Returns: Means and variances, shape `[B, Z, h, w]`, not normalized.
  /// - Throws: ``TorchError``; the model stays usable after `.outOfMemory`.
  package func encode(
    _ image: Tensor, tiling: Tiling? = nil, slicesBatch: Bool = false
  ) throws(TorchError) -> LatentDistribution {
    let (B, A, H, W) = try image.dimensions()
    let factor = configuration.compression
    guard A == configuration.imageChannelCount, H > 0, W > 0, H % factor == 0, W % factor == 0
    else {
      throw .unexpectedShape(
        what: "image for the autoencoder, its sides multiples of \(factor)",
        expected: [
          B, configuration.imageChannelCount, max(factor, H / factor * factor),
          max(factor, W / factor * factor),
        ],
        found: image.shape)
    }
    let moments = try eachSlice(of: image, slicesBatch) { image throws(TorchError) in
      guard let tiling, tiling.isNeeded(for: image.shape) else { return try encodeWhole(image) }
      return try tiling.map(image, to: tiling.scaled(downBy: factor), encodeWhole)
    }
    return try LatentDistribution(moments: moments)
  }

  /// The picture of latents.
  ///
  /// - Parameters:
  ///   - latents: Shape `[B, Z, h, w]`, not normalized.
  ///   - tiling: Decodes latents larger than a tile tile by tile.
  ///   - slicesBatch: Decodes one picture after the other: the same numbers in less memory.
  /// - Returns: Shape `[B, A, H, W]`, in -1...1; a picture of tiles may leave that range a little.
  /// - Throws: ``TorchError``; the model stays usable after `.outOfMemory`.
  package func decode(
    _ latents: Tensor, tiling: Tiling? = nil, slicesBatch: Bool = false
  ) throws(TorchError) -> Tensor {
    let (B, Z, h, w) = try latents.dimensions()
    guard Z == configuration.latentChannelCount, h > 0, w > 0 else {
      throw .unexpectedShape(
        what: "latents for the autoencoder",
        expected: [B, configuration.latentChannelCount, max(h, 1), max(w, 1)], found: latents.shape)
    }
    return try eachSlice(of: latents, slicesBatch) { latents throws(TorchError) in
      let smallTiling = tiling?.scaled(downBy: configuration.compression)
      guard let tiling, let smallTiling, smallTiling.isNeeded(for: latents.shape) else {
        return try decodeWhole(latents).clamped(to: -1...1)
      }
      // The reference leaves a picture of tiles unclamped; so does this, to the same numbers.
      return try smallTiling.map(latents, to: tiling, decodeWhole)
    }
  }

  /// The picture of latents as training compares it, not held to -1...1, so that gradients pass everywhere.
  ///
  /// - Parameter latents: Shape `[B, Z, h, w]`, not normalized.
  /// - Returns: Shape `[B, A, H, W]`, near -1...1.
  /// - Throws: ``TorchError``.
  package func decodeUnclamped(_ latents: Tensor) throws(TorchError) -> Tensor {
    try decodeWhole(latents)
  }

  /// The means and logarithmic variances of an image's latents, one after the other along the channels.
  private func encodeWhole(_ image: Tensor) throws(TorchError) -> Tensor {
    try momentsConvolution(encoder(image.contiguous(.channelsLast)))
  }

  private func decodeWhole(_ latents: Tensor) throws(TorchError) -> Tensor {
    try decoder(latentsConvolution(latents.contiguous(.channelsLast)))
  }

  private func eachSlice(
    of x: Tensor, _ slicesBatch: Bool, _ body: (Tensor) throws(TorchError) -> Tensor
  ) throws(TorchError) -> Tensor {
    let (B, _, _, _) = try x.dimensions()
    guard slicesBatch, B > 1 else { return try body(x) }
    var results: [Tensor] = []
    for index in 0..<B { results.append(try body(x.slice(index..<index + 1, along: 0))) }
    return try Tensor(concatenating: results, along: 0)
  }
}
