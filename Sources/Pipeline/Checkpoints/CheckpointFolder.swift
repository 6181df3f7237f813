import Autoencoder
import Diffusion
import DiffusionTransformer
import Digests
import FoundationEssentials
import Glibc
import Safetensors
import TextEncoder
import Tokenizers
import Weights

extension Qwen25VL: CheckpointNetwork {}
extension QwenImageVAE: CheckpointNetwork {}

extension QwenImageTransformer: CheckpointNetwork {
  /// ComfyUI's repackaged files put a prefix before the same keys.
  package static func keyMap(for checkpointKeys: [String]) -> KeyMap {
    for prefix in ["model.diffusion_model.", "transformer."]
    where checkpointKeys.contains(prefix + "img_in.weight") {
      return KeyMap([.init(checkpoint: prefix, network: "")])
    }
    return KeyMap([])
  }

  package static func diagnosis(of problems: [WeightProblem]) -> String? {
    for case .missing("time_text_embed.addition_t_embedding.weight", _) in problems {
      return
        "this is the base Qwen-Image transformer (no addition_t_embedding), not the layered one"
    }
    return nil
  }
}

extension FlowMatchEulerScheduler.Configuration: CheckpointConfiguration {
  package func validate() throws(InvalidSetting) {
    try InvalidSetting.check("num_train_timesteps", trainingTimestepCount, in: 1...1_000_000)
    guard shift > 0 else { throw InvalidSetting("shift", "\(shift) is not positive") }
    // What fits no float32 number would make every level infinite.
    guard shift <= 1_000_000 else {
      throw InvalidSetting("shift", "\(shift) is larger than 1000000")
    }
    if let terminalSigma, !(terminalSigma > 0 && terminalSigma < 1) {
      throw InvalidSetting("shift_terminal", "\(terminalSigma) is not between 0 and 1")
    }
  }
}

/// A model folder of the official layout: `model_index.json` and a folder for each component.
///
/// Nothing of it is executed and nothing is fetched: `auto_map`, code and addresses in its files are not read.
package struct CheckpointFolder: Sendable {
  package let path: String
  package let index: PipelineIndex

  /// - Throws: ``CheckpointError`` where the path is not a model folder of this kind.
  package init(path: String) throws {
    self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    try Self.checkIsFolder(path)
    index = try PipelineIndex(path: self.path + "/model_index.json")
    guard index.className.hasPrefix("QwenImageLayered") else {
      throw CheckpointError.anotherPipeline(path: self.path, className: index.className)
    }
  }

  private static func checkIsFolder(_ path: String) throws(CheckpointError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      let pickles = [".pt", ".pth", ".bin", ".ckpt", ".pkl"]
      throw pickles.contains(where: path.hasSuffix) ? .pickle(path: path) : .notAFolder(path: path)
    }
    guard let folder = opendir(path) else {
      throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Every folder holds itself and its parent.
    guard count > 2 else { throw .emptyFolder(path: path) }
  }

  /// The path of a component's folder.
  private func component(_ name: String) throws(CheckpointError) -> String {
    let component = "\(path)/\(name)"
    var status = stat()
    guard stat(component, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw .missingComponent(path: path, name: name)
    }
    return component
  }

  private func exists(_ file: String) -> Bool { access(file, F_OK) == 0 }

  // MARK: Components

  /// The files of Qwen2.5-VL with its tokenizer and what captions need.
  package struct TextFiles: Sendable {
    package let network: ComponentFiles<Qwen25VL>
    package let tokenizer: Qwen2Tokenizer
    package let generation: GenerationConfiguration
    package let imageProcessor: ImageProcessorConfiguration
  }

  package func openTextEncoder() throws -> TextFiles {
    let folder = try component("text_encoder")
    let network = try ComponentFiles<Qwen25VL>(path: folder)
    let tokenizerFolder = try component("tokenizer")
    let tokenizer = try Qwen2Tokenizer(
      directory: URL(filePath: tokenizerFolder, directoryHint: .isDirectory))
    do throws(TokenizerError) {
      try tokenizer.requireFit(embeddingRows: network.configuration.language.vocabularySize)
    } catch var error {
      error.file = tokenizerFolder
      throw error
    }
    let generation = folder + "/generation_config.json"
    let processor = path + "/processor/preprocessor_config.json"
    return TextFiles(
      network: network, tokenizer: tokenizer,
      generation: exists(generation)
        ? try GenerationConfiguration(path: generation) : GenerationConfiguration(),
      imageProcessor: exists(processor)
        ? try ImageProcessorConfiguration(path: processor)
        // Every key of it has a default.
        : try JSONDecoder().decode(ImageProcessorConfiguration.self, from: Data("{}".utf8)))
  }

  package func openTransformer() throws -> ComponentFiles<QwenImageTransformer> {
    let folder = try component("transformer")
    let files = try ComponentFiles<QwenImageTransformer>(path: folder)
    let configuration = files.configuration
    guard configuration.hasAdditionalTimeCondition || configuration.usesLayer3DRotaryEmbedding
    else {
      throw CheckpointError.anotherModel(
        path: folder,
        what:
          "this is the base Qwen-Image transformer (no addition_t_embedding), not the layered one")
    }
    return files
  }

  /// The autoencoder that training starts from: one of opaque pictures gets an alpha channel.
  ///
  /// - Parameter start: Another folder than the model's own `vae`.
  /// - Returns: Files of a network of four channels.
  /// - Throws: What opening throws; ``CheckpointError/anotherModel(path:what:)`` for other counts of channels.
  package func openVAEForTraining(start: String? = nil) throws -> ComponentFiles<QwenImageVAE> {
    let folder = try start ?? component("vae")
    let files = try ComponentFiles<QwenImageVAE>(path: folder)
    var configuration = files.configuration
    switch configuration.imageChannelCount {
    case 4: return files
    case 3:
      configuration.imageChannelCount = 4
      return ComponentFiles(
        files, as: configuration, from: AlphaExtendedWeights(files.weights))
    default:
      throw CheckpointError.anotherModel(
        path: folder,
        what: "this autoencoder's pictures have \(configuration.imageChannelCount) channels")
    }
  }

  package func openVAE() throws -> ComponentFiles<QwenImageVAE> {
    let folder = try component("vae")
    let files = try ComponentFiles<QwenImageVAE>(path: folder)
    guard files.configuration.imageChannelCount == 4 else {
      throw CheckpointError.anotherModel(
        path: folder,
        what:
          "this is the base Qwen-Image VAE (\(files.configuration.imageChannelCount) channels), "
          + "not the layered one (4 channels)")
    }
    return files
  }

  package func scheduler() throws -> FlowMatchEulerScheduler.Configuration {
    try FlowMatchEulerScheduler.Configuration(
      path: component("scheduler") + "/scheduler_config.json")
  }

  /// Everything that a decomposition needs, opened and checked against each other.
  package struct PipelineFiles: Sendable {
    package let text: TextFiles
    package let transformer: ComponentFiles<QwenImageTransformer>
    package let vae: ComponentFiles<QwenImageVAE>
    package let scheduler: FlowMatchEulerScheduler.Configuration
  }

  package func openPipeline() throws -> PipelineFiles {
    let files = PipelineFiles(
      text: try openTextEncoder(), transformer: try openTransformer(), vae: try openVAE(),
      scheduler: try scheduler())
    let transformer = files.transformer.configuration
    let textWidth = files.text.network.configuration.language.width
    guard transformer.textWidth == textWidth else {
      throw CheckpointError.contradiction(
        path: path,
        what: "the transformer takes text features of width \(transformer.textWidth), "
          + "the text encoder gives \(textWidth)")
    }
    let channels = files.vae.configuration.latentChannelCount
    guard transformer.inputWidth == 4 * channels else {
      throw CheckpointError.contradiction(
        path: path,
        what: "the transformer takes tokens of \(transformer.inputWidth), "
          + "the autoencoder's \(channels) channels make \(4 * channels)")
    }
    guard files.vae.configuration.compression == 8 else {
      throw CheckpointError.contradiction(
        path: path,
        what:
          "the autoencoder makes pictures \(files.vae.configuration.compression) times smaller, not 8 times"
      )
    }
    return files
  }

  // MARK: The folder as a whole

  /// Tells the weights of this model from those of others.
  ///
  /// - Throws: `SafetensorsError`, ``CheckpointError``.
  package func fingerprint() throws -> String {
    let parts = try ["text_encoder", "transformer", "vae"].map { name in
      try ShardedSafetensors(path: component(name)).fingerprint()
    }
    return SHA256.hexadecimal(of: Array(parts.joined(separator: "\n").utf8))
  }

  /// Tells the transformer from others, as adapters name the model that they were trained on.
  ///
  /// - Throws: `SafetensorsError`, ``CheckpointError``.
  package func transformerFingerprint() throws -> String {
    try ShardedSafetensors(path: component("transformer")).fingerprint()
  }

  /// The paths, inside the folder, of the files that belong to the model.
  ///
  /// - Throws: What keeps the folder from being listed.
  package func fileNames() throws -> [String] {
    let parts = ["processor", "scheduler", "text_encoder", "tokenizer", "transformer", "vae"]
    return try ["model_index.json"]
      + parts.flatMap { part -> [String] in
        guard exists("\(path)/\(part)") else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(part)").sorted()
          .filter { !$0.hasPrefix(".") }.map { "\(part)/\($0)" }
      }
  }
}
