import AtomicFiles
import Autoencoder
import DiffusionTransformer
import Safetensors
import TextEncoder
import Tokenizers
import Torch
import Weights

/// A checkpoint of the official layout whose weights are random numbers, as training begins with.
///
/// Everything is a function of preset, seed, type, vocabulary and purpose alone.
package struct RandomCheckpoint: Sendable {
  package let preset: CheckpointPreset
  package let seed: UInt32
  /// The type in which the weights are written.
  package let dtype: DType
  /// Whether transformer and autoencoder get what training begins with well, instead of numbers that exercise everything.
  package let isForTraining: Bool
  /// Text encoder, transformer, autoencoder.
  package let layouts: [ComponentLayout]
  private let files: PresetFiles
  /// Nil where the preset needs a vocabulary that was not given.
  private let tokenizer: Qwen2Tokenizer?

  /// Lays out the networks; nothing is written or drawn yet.
  ///
  /// - Parameters:
  ///   - preset: The sizes.
  ///   - seed: What the random numbers begin from.
  ///   - dtype: bfloat16, as released, or float32.
  ///   - vocabulary: The tokens of the text encoder; nil: the 256 bytes and the special tokens behind them. The full
  ///     preset has the released model's token ids, so without a vocabulary it can be laid out but not written.
  ///   - isForTraining: Whether transformer and autoencoder get what training begins with well.
  /// - Throws: ``CheckpointError`` for a vocabulary without the tokens that the model needs.
  package init(
    _ preset: CheckpointPreset, seed: UInt32 = 0, dtype: DType = .bfloat16,
    vocabulary: Qwen2Tokenizer? = nil, forTraining isForTraining: Bool = false
  ) throws {
    self.preset = preset
    self.seed = seed
    self.dtype = dtype
    self.isForTraining = isForTraining
    tokenizer = preset == .full ? vocabulary : try vocabulary ?? .byteLevel()
    let files = PresetFiles(
      preset,
      tokens: try SpecialTokens(among: tokenizer?.addedTokens ?? AddedToken.qwen2(from: 151_643)),
      embeddingRows: preset.embeddingRows(for: tokenizer?.vocabularyCount ?? 151_665),
      dtypeName: dtype.description)
    self.files = files
    layouts = [
      try ComponentLayout("text_encoder", of: Qwen25VL.self, configuration: files.textEncoder),
      try ComponentLayout(
        "transformer", of: QwenImageTransformer.self, configuration: files.transformer),
      try ComponentLayout("vae", of: QwenImageVAE.self, configuration: files.vae),
    ]
  }

  package var parameterCount: Int { layouts.reduce(0) { $0 + $1.parameterCount } }
  /// Of the weights, without the small files.
  package var byteCount: Int { parameterCount * dtype.byteCount }

  /// Writes the folder, which appears as a whole or not at all.
  ///
  /// Needs the memory of one tensor.
  /// - Parameters:
  ///   - path: The folder; its parent must exist.
  ///   - isReplacing: Whether a model folder of that name gives way to the new one.
  ///   - maximumShardByteCount: Bytes of tensors in a file; a component with more gets several.
  ///   - report: Told of each component before its weights are written.
  /// - Throws: ``CheckpointError``, `OutputError`, `TorchError`, `CancellationError` between tensors.
  package func write(
    to path: String, replacing isReplacing: Bool = false,
    maximumShardByteCount: Int = ShardedSafetensorsWriter.defaultShardByteCount,
    report: (ComponentLayout) -> Void = { _ in }
  ) throws {
    guard let tokenizer else { throw CheckpointError.vocabularyNeeded(preset: preset.rawValue) }
    let target = try ReplaceableFolder(path, replacing: isReplacing)
    try target.requireRoom(for: byteCount)
    let folder = try AtomicFolder(at: target.temporaryPath)
    try folder.write(Array(files.modelIndex.utf8), named: "model_index.json")
    try folder.write(Array(files.scheduler.utf8), named: "scheduler/scheduler_config.json")
    let tokenizerFiles = TokenizerFiles(tokenizer)
    for file in tokenizerFiles.tokenizerFolder {
      try folder.write(file.contents, named: "tokenizer/" + file.name)
    }
    for file in tokenizerFiles.processorFolder {
      try folder.write(file.contents, named: "processor/" + file.name)
    }
    try folder.write(Array(files.textEncoder.utf8), named: "text_encoder/config.json")
    try folder.write(Array(files.generation.utf8), named: "text_encoder/generation_config.json")
    try folder.write(Array(files.transformer.utf8), named: "transformer/config.json")
    try folder.write(Array(files.vae.utf8), named: "vae/config.json")
    for layout in layouts {
      report(layout)
      try writeWeights(of: layout, in: folder, maximumShardByteCount)
    }
    try folder.commit()
    try target.show()
  }

  private func writeWeights(
    of layout: ComponentLayout, in folder: AtomicFolder, _ maximumShardByteCount: Int
  ) throws {
    let stem = CheckpointConversion.stems.first { $0.component == layout.name }?.stem ?? "model"
    let writer = try ShardedSafetensorsWriter(
      stem: "\(layout.name)/\(stem)", in: folder, layout.declarations(dtype),
      maximumShardByteCount: maximumShardByteCount)
    let source: any WeightSource =
      isForTraining && layout.name != "text_encoder"
      ? StartingWeights(seed: seed) : SeededWeights(seed: seed)
    for entry in layout.entries {
      try Task.checkCancellation()
      guard let tensor = try source.tensor(entry.networkKey, shape: entry.shape) else { continue }
      try tensor.converted(to: dtype).withUnsafeBytes { try writer.write($0, of: entry.key) }
    }
    try writer.commit()
  }
}
