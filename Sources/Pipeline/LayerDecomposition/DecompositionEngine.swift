import Checkpoints

/// Takes pictures apart with the model of one checkpoint folder.
///
/// The actor owns the models: one run at a time; pictures, options and events cross, tensors stay.
public actor DecompositionEngine {
  private let pipeline: QwenImageLayeredPipeline

  /// Opens a folder of the official layout and checks every key and shape; no weight is read yet.
  ///
  /// - Throws: What is wrong with the folder, in one line.
  public init(modelFolder: String) throws {
    pipeline = QwenImageLayeredPipeline(try CheckpointFolder(path: modelFolder).openPipeline())
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
