import Checkpoints
import Diffusion
import Raster
import TextEncoder
import Torch
import Weights

/// Joins the stages: pictures in, layer stacks out.
///
/// Components are loaded, used and released one after the other, each once for all pictures, so that memory peaks at
/// the largest component and not at their sum.
/// Source: arXiv 2512.15603; diffusers `QwenImageLayeredPipeline`.
package struct QwenImageLayeredPipeline: Sendable {
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

  /// Takes every picture apart.
  ///
  /// - Parameters:
  ///   - requests: The pictures, of any size, with their prompts.
  ///   - options: The same for all pictures.
  ///   - report: Told of progress, in the order of the work.
  ///   - deliver: Given each result as soon as it is there, with the index of its request.
  /// - Throws: ``OptionError`` and ``InsufficientMemory`` before any work, `CancellationError` between steps, and what
  ///   the stages throw.
  package func callAsFunction(
    _ requests: [DecompositionRequest], options: DecompositionOptions,
    report: @escaping (DecompositionEvent) -> Void,
    deliver: (_ index: Int, _ result: Decomposition) throws -> Void
  ) throws {
    try options.validate()
    let run = Run(
      files: files, adapters: adapters, requests: requests,
      pictures: try requests.map { try Self.workingPicture(of: $0.picture, options: options) },
      options: options, placement: try Placement(options), report: report)
    let plan = MemoryPlan(files, sizes: run.pictures.map(\.size), options: options)
    try plan.requireFit()
    try run.requireSuitableNoise()
    report(
      .planned(
        component: plan.largest.component, weightByteCount: plan.largest.weightByteCount,
        activationByteCount: plan.largest.activationByteCount))
    try withoutGradients {
      let prompts = try run.life.of(files.text.network, plan.textEncoder, try run.encodePrompts())
      let conditions = try run.life.of(files.vae, plan.vae, try run.encodePictures())
      let latents = try run.life.of(
        files.transformer, plan.transformer,
        try run.denoise(conditions: conditions, prompts: prompts))
      try run.life.of(
        files.vae, plan.vae,
        try run.decode(latents, conditions: conditions, prompts: prompts, deliver: deliver))
    }
  }

  /// The opaque picture at the size at which the model works.
  package static func workingPicture(
    of picture: RasterImage, options: DecompositionOptions
  ) throws -> RasterImage {
    let size = try options.workingSize(of: picture.size)
    return try picture.withOpaqueAlpha().resized(to: size, using: .lanczos)
  }
}

/// One run over some pictures.
///
/// Each method is the life of one component.
private struct Run {
  let files: CheckpointFolder.PipelineFiles
  let adapters: Adapters?
  let requests: [DecompositionRequest]
  /// At the working size, opaque.
  let pictures: [RasterImage]
  let options: DecompositionOptions
  let placement: Placement
  let report: (DecompositionEvent) -> Void

  var life: ComponentLife { ComponentLife(placement: placement, report: report) }

  /// Finds noise of another shape before the work and not after the prompts.
  func requireSuitableNoise() throws(UnsuitableNoise) {
    for (index, request) in requests.enumerated() {
      guard let found = request.noise?.shape else { continue }
      let expected = latentPreparation(index).shape
      guard found == expected else { throw UnsuitableNoise(expected: expected, found: found) }
    }
  }

  func encodePrompts() throws -> EncodedPrompts {
    try PromptEncoding(files.text, placement: placement)(
      requests.map(\.prompt), pictures: pictures,
      negative: options.guidance == nil ? nil : options.negativePrompt, options: options,
      report: report)
  }

  func encodePictures() throws -> [Tensor] {
    let loaded = try life.load(files.vae, "vae")
    let encoding = ImageEncoding(loaded.network)
    let conditions = try pictures.map { picture in
      try Task.checkCancellation()
      return try encoding([picture])
    }
    try loaded.verifyUnchanged()
    return conditions
  }

  func denoise(conditions: [Tensor], prompts: EncodedPrompts) throws -> [Tensor] {
    let loaded = try life.load(files.transformer, "transformer", adapters: adapters)
    var results: [Tensor] = []
    for (index, condition) in conditions.enumerated() {
      let denoising = Denoising(
        loaded.network, scheduler: scheduler(for: condition), guidance: options.guidance,
        grid: grid(index))
      do {
        results.append(
          try denoising(
            noise(index), condition: condition, prompt: prompts.positive[index].features,
            negative: prompts.negative
          ) { step, count in
            report(.denoised(picture: index, step: step, of: count))
          })
      } catch var error as NonFiniteLatents {
        error.weight = try loaded.store.firstNonFinite()
        throw error
      }
    }
    try loaded.verifyUnchanged()
    return results
  }

  func decode(
    _ latents: [Tensor], conditions: [Tensor], prompts: EncodedPrompts,
    deliver: (Int, Decomposition) throws -> Void
  ) throws {
    let loaded = try life.load(files.vae, "vae")
    for (index, latents) in latents.enumerated() {
      let decoding = LayerDecoding(loaded.network, grid: grid(index))
      let stacks = try decoding(latents) { layer, count in
        report(.decoded(picture: index, layer: layer, of: count))
      }
      try loaded.verifyUnchanged()
      guard let stack = stacks.first else { preconditionFailure("a sample without its layers") }
      let prompt = prompts.positive[index]
      try deliver(
        index,
        Decomposition(
          stack: stack, picture: pictures[index], prompt: prompt.text,
          recomposition: try stack.recomposition(of: pictures[index]),
          record: DecompositionRecord(
            promptFeatures: try NumberArray(prompt.features.embeddings),
            conditionLatents: try NumberArray(conditions[index]),
            finalLatents: try NumberArray(latents),
            sigmas: scheduler(for: conditions[index]).sigmas)))
    }
  }

  private func grid(_ index: Int) -> TokenGrid {
    TokenGrid(for: LatentSize(for: pictures[index].size))
  }

  private func scheduler(for condition: Tensor) -> FlowMatchEulerScheduler {
    FlowMatchEulerScheduler(
      stepCount: options.stepCount, conditionTokenCount: condition.shape[1],
      configuration: files.scheduler)
  }

  private func latentPreparation(_ index: Int) -> LatentPreparation {
    LatentPreparation(
      frameCount: options.layerCount + 1, channels: files.vae.configuration.latentChannelCount,
      size: LatentSize(for: pictures[index].size), dtype: placement.dtype)
  }

  private func noise(_ index: Int) throws -> Tensor {
    let preparation = latentPreparation(index)
    let noise =
      if let given = requests[index].noise {
        try preparation.given(given)
      } else {
        try preparation.drawn(seed: options.seed)
      }
    return try noise.moved(to: placement.device)
  }
}

extension NumberArray {
  /// The numbers of a tensor, converted to float32.
  package init(_ tensor: Tensor) throws(TorchError) {
    shape = tensor.shape
    values = try tensor.values(as: Float.self)
  }
}
