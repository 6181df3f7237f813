import Autoencoder
import Checkpoints
import Diffusion
import LayerDecomposition
import Raster
import Shards
import TextEncoder
import Torch

// Shapes: N layers, C latent channels, h, w height and width of the latents, T prompt tokens, W text width.

/// A sample as the transformer sees it.
struct SampleLatents {
  /// Normalized latents of the composite and of every layer, shape `[N + 1, C, h, w]`.
  let frames: Tensor
  /// Normalized latents of the picture where another autoencoder made them, shape `[C, h, w]`.
  let condition: Tensor?
  /// Features of the caption, shape `[T, W]`.
  let prompt: Tensor
  /// Features of each layer's caption, `[T, W]`; empty where they are not needed.
  let layerPrompts: [Tensor]
}

/// Turns pictures and captions into latents and features, once, with networks that training leaves as they are.
struct SampleEncoding {
  private let autoencoder: LoadedNetwork<QwenImageVAE>
  private let conditionAutoencoder: LoadedNetwork<QwenImageVAE>?
  private let text: LoadedNetwork<LanguageModel>
  private let encoder: PromptEncoder
  private let configuration: TrainingConfiguration
  /// Features of one space, what stands for no caption.
  let blank: Tensor

  /// Loads the networks.
  ///
  /// - Parameters:
  ///   - files: Of the checkpoint that training starts from.
  ///   - condition: Another autoencoder for the condition.
  ///   - configuration: Resolution, tokens and precision.
  ///   - placement: Where and in which type they compute.
  /// - Throws: What loading throws.
  init(
    _ files: CheckpointFolder.PipelineFiles, condition: ComponentFiles<QwenImageVAE>?,
    configuration: TrainingConfiguration, placement: Placement
  ) throws {
    self.configuration = configuration
    autoencoder = try files.vae.load(dtype: placement.dtype, device: placement.device)
    conditionAutoencoder = try condition?.load(dtype: placement.dtype, device: placement.device)
    text = try files.text.network.load(dtype: placement.dtype, device: placement.device) {
      try LanguageModel($0.language, weights: $1)
    }
    encoder = try PromptEncoder(text.network, tokenizer: files.text.tokenizer)
    blank = try Self.features(of: " ", by: encoder, configuration)
  }

  /// Latents and features of one sample, on the CPU.
  ///
  /// - Throws: ``UnusableSample`` where the sample does not suit, and what the networks throw.
  func callAsFunction(_ sample: TrainingSample) throws -> SampleLatents {
    let size = sample.composite.size
    guard let working = WorkingSize.fitting(size, resolution: configuration.resolution) else {
      throw UnusableSample("a picture of \(size) pixels is too long")
    }
    let layers = try sample.layers.layers.map { try $0.resized(to: working, using: .lanczos) }
    let composite =
      working == size
      ? sample.composite
      : try LayerStack(canvas: working, layers: layers).composite().withOpaqueAlpha()
    let needsLayerPrompts = configuration.taskWeights[.textToRGBA] != nil
    return try withoutGradients {
      SampleLatents(
        frames: try latents(of: [composite] + layers, by: autoencoder.network),
        condition: try conditionAutoencoder.map {
          try latents(of: [composite], by: $0.network).select(0, along: 0)
        },
        prompt: try captionFeatures(of: sample.description.caption.text),
        layerPrompts: needsLayerPrompts
          ? try layers.indices.map { index in
            try captionFeatures(of: sample.description.layers[index].name)
          } : [])
    }
  }

  /// Features of a caption; of a space where training sees no caption, which is the greater part of the work at small sizes.
  private func captionFeatures(of caption: String) throws -> Tensor {
    try configuration.usesCaptions ? Self.features(of: caption, by: encoder, configuration) : blank
  }

  /// Features of a text, `[T, W]`; of a space where it is empty.
  private static func features(
    of text: String, by encoder: PromptEncoder, _ configuration: TrainingConfiguration
  ) throws -> Tensor {
    let features = try encoder(
      [text.isEmpty ? " " : text], maximumTokenCount: configuration.maximumPromptTokenCount)
    return try features.embeddings.select(0, along: 0).moved(to: .cpu)
  }

  /// Normalized latents of pictures of one size, `[F, C, h, w]`; a three-channel autoencoder is given the colours alone.
  ///
  /// Small pictures go through the network together, large ones one by one.
  private func latents(
    of pictures: [RasterImage], by autoencoder: QwenImageVAE
  ) throws -> Tensor {
    let pixelCount = pictures.reduce(0) { $0 + $1.size.width * $1.size.height }
    let image = try Tensor(concatenating: pictures.map(ImageEncoding.tensor), along: 0)
      .slice(0..<autoencoder.configuration.imageChannelCount, along: 1)
      .moved(to: autoencoder.device).converted(to: autoencoder.dtype)
    let mean = try autoencoder.encode(image, slicesBatch: pixelCount > Self.pixelCountAtOnce).mean
    return try autoencoder.statistics.normalize(mean).contiguous().moved(to: .cpu)
  }

  /// As many as one picture of 1024 pixels a side has.
  private static let pixelCountAtOnce = 1 << 20
}

/// A sample that cannot be learnt from, though it could be read.
struct UnusableSample: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
