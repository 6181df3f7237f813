import Checkpoints
import Raster
import TextEncoder
import Torch

/// Describes pictures with the text encoder of one checkpoint folder; the other components need not be there.
public actor CaptionEngine {
  private let files: CheckpointFolder.TextFiles

  /// Opens the text encoder and checks every key and shape; no weight is read yet.
  ///
  /// - Throws: What is wrong with the folder, in one line.
  public init(modelFolder: String) throws {
    files = try CheckpointFolder(path: modelFolder).openTextEncoder()
  }

  /// The caption that a decomposition without a prompt would use, of the picture at the working size.
  ///
  /// - Throws: ``OptionError``, `CancellationError` soon after the task is cancelled, and what the networks throw.
  public func caption(
    _ picture: RasterImage, options: DecompositionOptions,
    report: @escaping @Sendable (DecompositionEvent) -> Void = { _ in }
  ) throws -> String {
    try options.validate()
    let working = try QwenImageLayeredPipeline.workingPicture(of: picture, options: options)
    let encoding = PromptEncoding(files, placement: try Placement(options))
    let texts = try withoutGradients {
      try encoding.captions(of: [working], options: options, report: report)
    }
    return texts.joined()
  }
}
