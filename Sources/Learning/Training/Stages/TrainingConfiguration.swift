import Settings

/// Everything that training the transformer is told, from a YAML file; see `Recipes` for examples.
package struct TrainingConfiguration: Hashable, Sendable {
  /// Low-rank factors that are trained in place of the weights.
  package struct Adapter: Hashable, Sendable {
    package var rank: Int
    /// The update is multiplied by `alpha / rank`.
    package var alpha: Double
    /// Parts of keys that choose the linear layers, such as `attn.to_q`.
    package var layers: [String]
    /// An adapter to go on from; its rank and alpha count.
    package var start: String?
  }

  package var run: RunSettings
  /// Where latents and prompt features are kept; nil: in the output folder.
  package var cache: String?
  /// Tasks and how often each is drawn.
  package var taskWeights: [TrainingTask: Double]
  /// nil: the weights themselves are trained.
  package var adapter: Adapter?
  /// Pictures are brought to an area of about this many pixels squared.
  package var resolution: Int
  /// Samples with more layers are left out.
  package var maximumLayerCount: Int
  /// Tokens of all pictures and prompts of one batch; a sample with more is a batch of its own.
  package var batchTokenCount: Int
  /// How often a prompt is replaced by one space, so that guidance has something to steer away from.
  package var captionDropout: Double
  /// Whether any caption is ever seen.
  package var usesCaptions: Bool { captionDropout < 1 }
  package var maximumPromptTokenCount: Int
  package var noiseLevels: NoiseLevels
  /// Whether blocks are computed again in the backward pass, to save memory.
  package var recomputesBlocks: Bool
  /// Denoising steps of a sample on a sheet.
  package var sheetStepCount: Int
  /// Another checkpoint folder whose autoencoder encodes the condition (the ablation without the RGBA autoencoder).
  package var conditionModel: String?

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: A YAML file; paths in it are relative to the folder that the program runs in.
  ///   - stage: Chooses the tasks where the file does not.
  /// - Throws: `SettingsError` that names the key.
  package init(path: String, stage: TrainingStage) throws(SettingsError) {
    try self.init(SettingsFile.read(path), stage: stage)
  }

  /// Takes settings that were read.
  package init(_ root: SettingsSection, stage: TrainingStage) throws(SettingsError) {
    run = try RunSettings(root)
    cache = try root.text("cache")
    resolution = try root.integer("resolution", in: 64...2048) ?? 640
    guard resolution.isMultiple(of: 32) else {
      throw root.error("resolution", "\(resolution) is not a multiple of 32")
    }
    maximumLayerCount = try root.integer("maximum-layers", in: 1...64) ?? 20
    captionDropout = try root.real("caption-dropout", in: 0...1) ?? 0.1
    maximumPromptTokenCount = try root.integer("maximum-prompt-tokens", in: 1...1024) ?? 512
    conditionModel = try root.text("condition-model")

    let tasks = try root.section("tasks")
    var weights: [TrainingTask: Double] = [:]
    for task in TrainingTask.allCases {
      if let weight = try tasks.real(task.rawValue, in: 0...1e6), weight > 0 {
        weights[task] = weight
      }
    }
    guard !weights.isEmpty || !root.has("tasks") else {
      throw root.error("tasks", "has no task with a weight above 0")
    }
    taskWeights = weights.isEmpty ? stage.taskWeights : weights

    let batch = try root.section("batch")
    batchTokenCount = try batch.integer("tokens", in: 1...1 << 30) ?? 16384

    noiseLevels = try NoiseLevels(root.section("noise"))
    let gradient = try root.section("gradient")
    recomputesBlocks = try gradient.flag("recompute") ?? true
    adapter = root.has("lora") ? try Adapter(root.section("lora")) : nil

    let sheets = try root.section("samples")
    sheetStepCount = try sheets.integer("steps", in: 1...1000) ?? 20
    try root.finish()
  }
}

extension TrainingConfiguration.Adapter {
  fileprivate init(_ section: SettingsSection) throws(SettingsError) {
    rank = try section.integer("rank", in: 1...4096) ?? 16
    alpha = try section.real("alpha", in: 1e-6...1e6) ?? Double(rank)
    layers =
      try section.texts("layers")
      ?? [
        "attn.to_q", "attn.to_k", "attn.to_v", "attn.to_out.0", "attn.add_q_proj",
        "attn.add_k_proj", "attn.add_v_proj", "attn.to_add_out",
      ]
    start = try section.text("start")
  }
}

extension NoiseLevels {
  fileprivate init(_ section: SettingsSection) throws(SettingsError) {
    enum Name: String, CaseIterable {
      case logitNormal = "logit-normal"
      case uniform
    }
    self.init()
    let location = try section.real("location", in: -20...20) ?? 0
    let scale = try section.real("scale", in: 1e-6...20) ?? 1
    switch try section.choice("distribution", of: Name.self) ?? .logitNormal {
    case .logitNormal: distribution = .logitNormal(location: location, scale: scale)
    case .uniform: distribution = .uniform
    }
    switch try section.text("shift") {
    case nil, "resolution"?: shift = .resolution
    case "none"?: shift = .none
    default:
      guard let factor = try section.real("shift", in: 1e-3...1e3) else {
        throw section.error("shift", "is not 'resolution', 'none' or a number")
      }
      shift = .factor(factor)
    }
  }
}
