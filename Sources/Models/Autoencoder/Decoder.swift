import Torch
import Weights

// Shapes: B batch, A image channels, Z latent channels, h, w height and width of the latents, R compression.

/// Turns latents into a picture.
///
/// Source: diffusers `QwenImageDecoder3d`.
struct ImageDecoder {
  private let input: FrameConvolution
  private let middle: MiddleBlock
  private let levels: [DecoderLevel]
  private let outputNorm: ChannelNorm
  private let output: FrameConvolution

  init(_ configuration: QwenImageVAE.Configuration, weights: WeightScope) throws {
    var width = (configuration.widthMultipliers.last ?? 1) * configuration.baseWidth
    input = try FrameConvolution(
      causal: weights["conv_in"], inputs: configuration.latentChannelCount, outputs: width,
      kernel: 3)
    middle = try MiddleBlock(weights["mid_block"], width: width)

    var levels: [DecoderLevel] = []
    let doublesTime = Array(configuration.halvesTime.reversed())
    for (level, levelWidth) in configuration.widths.reversed().enumerated() {
      levels.append(
        try DecoderLevel(
          weights["up_blocks"][level], inputs: width, width: levelWidth,
          blockCount: configuration.residualBlockCount + 1,
          doublesTime: level < doublesTime.count ? doublesTime[level] : nil))
      width = level < doublesTime.count ? levelWidth / 2 : levelWidth
    }
    self.levels = levels

    outputNorm = try ChannelNorm(weights["norm_out"], width: width)
    output = try FrameConvolution(
      causal: weights["conv_out"], inputs: width, outputs: configuration.imageChannelCount,
      kernel: 3)
  }

  /// - Parameter latents: Shape `[B, Z, h, w]`.
  /// - Returns: Shape `[B, A, R * h, R * w]`, near -1...1.
  /// - Throws: ``TorchError``.
  func callAsFunction(_ latents: Tensor) throws(TorchError) -> Tensor {
    var x = try middle(input(latents))
    for level in levels { x = try level(x) }
    return try output(outputNorm.activated(x))
  }
}

/// The residual blocks of one resolution and the step up to the next.
///
/// Source: diffusers `QwenImageUpBlock`.
struct DecoderLevel {
  private let blocks: [ResidualBlock]
  /// Doubles the sides and halves the channels; the last level has none.
  private let upsampling: Upsampling?

  /// Takes `blockCount` residual blocks, the first from `inputs` to `width` channels, and the up-sampler.
  ///
  /// `doublesTime` says whether the up-sampler holds weights for time; nil where there is no up-sampler.
  init(
    _ weights: WeightScope, inputs: Int, width: Int, blockCount: Int, doublesTime: Bool?
  ) throws {
    blocks = try (0..<blockCount).map { index in
      try ResidualBlock(
        weights["resnets"][index], inputs: index == 0 ? inputs : width, outputs: width)
    }
    upsampling = try doublesTime.map { doublesTime in
      try Upsampling(
        weights["upsamplers"][0], inputs: width, outputs: width / 2, doublesTime: doublesTime)
    }
  }

  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    var x = x
    for block in blocks { x = try block(x) }
    return try upsampling?(x) ?? x
  }
}
