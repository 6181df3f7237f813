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
      var frames: [Tensor] = []
      for picture in [composite] + layers {
        frames.append(try latents(of: picture, by: autoencoder.network))
      }
      return SampleLatents(
        frames: try Tensor(stacking: frames, along: 0),
        condition: try conditionAutoencoder.map { try latents(of: composite, by: $0.network) },
        prompt: try features(of: sample.description.caption.text),
        layerPrompts: needsLayerPrompts
          ? try layers.indices.map { index in
            try features(of: sample.description.layers[index].name)
          } : [])
    }
  }

  /// Features of a text, `[T, W]`; of a space where it is empty.
  func features(of text: String) throws -> Tensor {
    let features = try encoder(
      [text.isEmpty ? " " : text], maximumTokenCount: configuration.maximumPromptTokenCount)
    return try features.embeddings.select(0, along: 0).moved(to: .cpu)
  }

  /// Normalized latents, `[C, h, w]`; a three-channel autoencoder is given the colours alone.
  private func latents(of picture: RasterImage, by autoencoder: QwenImageVAE) throws -> Tensor {
    let image = try ImageEncoding.tensor(of: picture)
      .slice(0..<autoencoder.configuration.imageChannelCount, along: 1)
      .moved(to: autoencoder.device).converted(to: autoencoder.dtype)
    let mean = try autoencoder.encode(image).mean
    return try autoencoder.statistics.normalize(mean).select(0, along: 0).contiguous().moved(
      to: .cpu)
  }
}

/// A sample that cannot be learnt from, though it could be read.
struct UnusableSample: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
