import Torch
import Weights

// Shapes: B batch, A image channels, Z latent channels, H, W height and width of the image, R compression.

/// Turns a picture into the parameters of a distribution over its latents.
///
/// Source: diffusers `QwenImageEncoder3d`, in which blocks and down-samplers are one list.
struct ImageEncoder {
  private enum Stage {
    case residual(ResidualBlock)
    case downsampling(Downsampling)
  }

  private let input: FrameConvolution
  private let stages: [Stage]
  private let middle: MiddleBlock
  private let outputNorm: ChannelNorm
  private let output: FrameConvolution

  init(_ configuration: QwenImageVAE.Configuration, weights: WeightScope) throws {
    input = try FrameConvolution(
      causal: weights["conv_in"], inputs: configuration.imageChannelCount,
      outputs: configuration.baseWidth, kernel: 3)

    var stages: [Stage] = []
    var width = configuration.baseWidth
    for (level, levelWidth) in configuration.widths.enumerated() {
      for _ in 0..<configuration.residualBlockCount {
        let block = weights["down_blocks"][stages.count]
        stages.append(.residual(try ResidualBlock(block, inputs: width, outputs: levelWidth)))
        width = levelWidth
      }
      if level < configuration.halvesTime.count {
        let block = weights["down_blocks"][stages.count]
        let halvesTime = configuration.halvesTime[level]
        stages.append(
          .downsampling(try Downsampling(block, width: width, halvesTime: halvesTime)))
      }
    }
    self.stages = stages

    middle = try MiddleBlock(weights["mid_block"], width: width)
    outputNorm = try ChannelNorm(weights["norm_out"], width: width)
    output = try FrameConvolution(
      causal: weights["conv_out"], inputs: width, outputs: 2 * configuration.latentChannelCount,
      kernel: 3)
  }

  /// - Parameter image: Shape `[B, A, H, W]`, in -1...1.
  /// - Returns: Shape `[B, 2 * Z, H / R, W / R]`.
  /// - Throws: ``TorchError``.
  func callAsFunction(_ image: Tensor) throws(TorchError) -> Tensor {
    var x = try input(image)
    for stage in stages {
      switch stage {
      case .residual(let block): x = try block(x)
      case .downsampling(let downsampling): x = try downsampling(x)
      }
    }
    return try output(outputNorm.activated(middle(x)))
  }
}
