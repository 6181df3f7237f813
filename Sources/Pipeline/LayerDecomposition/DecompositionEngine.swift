import Checkpoints
import Raster
import Weights

/// Takes pictures apart with the model of one checkpoint folder.
///
/// The actor owns the models: one run at a time; pictures, options and events cross, tensors stay.
public actor DecompositionEngine {
  private let pipeline: QwenImageLayeredPipeline
  private let generation: LayerGeneration

  /// Opens a folder of the official layout and checks every key and shape; no weight is read yet.
  ///
  /// - Parameters:
  ///   - modelFolder: The checkpoint.
  ///   - adapters: Low-rank adapters of its transformer, which add up.
  ///   - mergesAdapters: Whether they become part of the weights, rounded to their type; otherwise they are computed
  ///     apart, which takes longer.
  /// - Throws: What is wrong with the folder or an adapter, in one line.
  public init(
    modelFolder: String, adapters: [AdapterFile] = [], mergesAdapters: Bool = true
  ) throws {
    let files = try CheckpointFolder(path: modelFolder).openPipeline()
    let opened = try adapters.map { try LowRankAdapter(path: $0.path, weight: $0.weight) }
    let adapters = opened.isEmpty ? nil : Adapters(opened, isMerged: mergesAdapters)
    pipeline = try QwenImageLayeredPipeline(files, adapters: adapters)
    generation = try LayerGeneration(files, adapters: adapters)
  }

  /// Makes layers of a text.
  ///
  /// - Parameters:
  ///   - prompt: What they show together.
  ///   - aspect: Width and height whose ratio the canvas has.
  ///   - options: Of which 0 layers ask for one picture with transparency.
  ///   - report: Told of progress.
  /// - Returns: The layers at the working size.
  /// - Throws: ``OptionError``, `CancellationError`, and what the stages throw.
  public func generate(
    _ prompt: String, aspect: PixelSize, options: DecompositionOptions,
    report: @escaping @Sendable (DecompositionEvent) -> Void = { _ in }
  ) throws -> Generation {
    try generation(prompt, aspect: aspect, options: options, report: report)
  }

  /// Takes pictures apart, one after the other, with each component loaded once.
  ///
  /// Cancelling the task ends the run before the next step.
  ///
  /// - Parameters:
  ///   - requests: The pictures, of any size, with their prompts.
  ///   - options: The same for all pictures.
  ///   - report: Told of progress.
  ///   - deliver: Given each result as soon as it is there, with the index of its request; an error of it ends the run.
  /// - Throws: ``OptionError``, `CancellationError`, and what the stages throw.
  public func decompose(
    _ requests: [DecompositionRequest], options: DecompositionOptions,
    report: @escaping @Sendable (DecompositionEvent) -> Void = { _ in },
    deliver: @Sendable (_ index: Int, _ result: Decomposition) throws -> Void
  ) throws {
    try pipeline(requests, options: options, report: report, deliver: deliver)
  }
}

/// A low-rank adapter (LoRA) and how strong it is wanted.
public struct AdapterFile: Hashable, Sendable {
  /// A safetensors file with the names of diffusers, ComfyUI or kohya's scripts.
  public var path: String
  /// 1 as it was trained, 0 without effect.
  public var weight: Double

  /// Names a file.
  public init(path: String, weight: Double = 1) {
    self.path = path
    self.weight = weight
  }
}
