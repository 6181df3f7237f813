import Checkpoints
import Diffusion
import Raster
import TextEncoder
import Torch
import Weights

/// Layers that were made of a text.
public struct Generation: Sendable {
  /// The layers from the bottom up; one where a single picture was asked for.
  public let stack: LayerStack
  /// The prompt that was given.
  public let prompt: String
}

/// Joins the stages without a picture to begin with: a text in, a layer stack out, as stage 2 of training learns it.
///
/// With no layers asked for it makes one picture with transparency, the task of stage 1.
/// Source: arXiv 2512.15603, "Text-to-Multi-RGBA".
package struct LayerGeneration: Sendable {
  private let files: CheckpointFolder.PipelineFiles
  private let adapters: Adapters?

  /// - Parameters:
  ///   - files: Opened and checked.
  ///   - adapters: What is added to the transformer's weights.
  /// - Throws: ``AdapterError`` for adapters that are made for another transformer.
  package init(_ files: CheckpointFolder.PipelineFiles, adapters: Adapters? = nil) throws {
    if let adapters { try files.transformer.check(adapters) }
    self.files = files
    self.adapters = adapters
  }

  /// Makes layers.
  ///
  /// - Parameters:
  ///   - prompt: What they show together.
  ///   - aspect: Width and height whose ratio the canvas has; its area comes of the resolution.
  ///   - options: Layers from 0.
  ///   - report: Told of progress.
  /// - Returns: The layers at the working size.
  /// - Throws: ``OptionError`` and ``InsufficientMemory`` before any work, `CancellationError` between steps, and what
  ///   the stages throw.
  package func callAsFunction(
    _ prompt: String, aspect: PixelSize, options: DecompositionOptions,
    report: @escaping (DecompositionEvent) -> Void
  ) throws -> Generation {
    try options.validate(layers: 0...64)
    let size = try options.workingSize(of: aspect)
    let plan = MemoryPlan(files, sizes: [size], options: options)
    try plan.requireFit()
    let life = ComponentLife(placement: try Placement(options), report: report)
    return try withoutGradients {
      let prompts = try life.of(
        files.text.network, plan.textEncoder,
        try PromptEncoding(files.text, placement: life.placement).features(
          of: prompt, negative: options.guidance == nil ? nil : options.negativePrompt,
          options: options, report: report))
      let latents = try life.of(
        files.transformer, plan.transformer,
        try denoise(prompts, size: size, options: options, life: life))
      return try life.of(
        files.vae, plan.vae,
        try decode(latents, size: size, prompt: prompt, life: life))
    }
  }

  private func denoise(
    _ prompts: EncodedPrompts, size: PixelSize, options: DecompositionOptions, life: ComponentLife
  ) throws -> Tensor {
    let loaded = try life.load(files.transformer, "transformer", adapters: adapters)
    let grid = TokenGrid(for: LatentSize(for: size))
    let noise = try LatentPreparation(
      frameCount: options.layerCount + 1, channels: files.vae.configuration.latentChannelCount,
      size: LatentSize(for: size), dtype: life.placement.dtype
    ).drawn(seed: options.seed)
    let denoising = Denoising(
      loaded.network,
      scheduler: FlowMatchEulerScheduler(
        stepCount: options.stepCount, conditionTokenCount: grid.tokenCount,
        configuration: files.scheduler),
      guidance: options.guidance, grid: grid)
    guard let prompt = prompts.positive.first?.features else {
      preconditionFailure("a prompt without its features")
    }
    let latents = try denoising(
      noise.moved(to: life.placement.device), condition: nil, prompt: prompt,
      negative: prompts.negative
    ) { step, count in
      life.report(.denoised(picture: 0, step: step, of: count))
    }
    try loaded.verifyUnchanged()
    return latents
  }

  private func decode(
    _ latents: Tensor, size: PixelSize, prompt: String, life: ComponentLife
  ) throws -> Generation {
    let loaded = try life.load(files.vae, "vae")
    let decoding = LayerDecoding(loaded.network, grid: TokenGrid(for: LatentSize(for: size)))
    let stacks = try decoding(latents) { layer, count in
      life.report(.decoded(picture: 0, layer: layer, of: count))
    }
    try loaded.verifyUnchanged()
    guard let stack = stacks.first else { preconditionFailure("a sample without its layers") }
    return Generation(stack: stack, prompt: prompt)
  }
}
