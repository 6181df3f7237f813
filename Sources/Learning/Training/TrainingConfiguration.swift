import Settings
import TorchOptim

/// Everything that a run of training is told, from a YAML file; see `Recipes` for examples.
package struct TrainingConfiguration: Hashable, Sendable {
  package enum Precision: String, CaseIterable, Hashable, Sendable {
    /// The network computes in it; the optimizer has float32 copies of the weights.
    case bfloat16
    case float32
  }

  /// What happens when a checkpoint finds no room on the disk.
  package enum FullDisk: String, CaseIterable, Hashable, Sendable {
    case stop
    case goOn = "go-on"
  }

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

  /// The checkpoint folder that training starts from; text encoder and autoencoder stay as they are there.
  package var model: String
  /// Folders of samples.
  package var data: [String]
  /// Where latents and prompt features are kept; nil: in the output folder.
  package var cache: String?
  package var seed: UInt64
  /// Steps of the whole run.
  package var stepCount: Int
  package var precision: Precision
  /// Tasks and how often each is drawn.
  package var taskWeights: [TrainingTask: Double]
  /// Parts of keys of which one must be in a parameter that is trained; empty: all are.
  package var trained: [String]
  /// Parts of keys of which none may be in a parameter that is trained.
  package var frozen: [String]
  /// nil: the weights themselves are trained.
  package var adapter: Adapter?
  /// Pictures are brought to an area of about this many pixels squared.
  package var resolution: Int
  /// Samples with more layers are left out.
  package var maximumLayerCount: Int
  /// Tokens of all pictures and prompts of one batch; a sample with more is a batch of its own.
  package var batchTokenCount: Int
  /// Batches whose gradients are added for one step, over all processes.
  package var batchesPerStep: Int
  /// How often a prompt is replaced by one space, so that guidance has something to steer away from.
  package var captionDropout: Double
  package var maximumPromptTokenCount: Int
  package var noiseLevels: NoiseLevels
  package var learningRate: LearningRateSchedule
  package var optimizer: AdamW.Settings
  /// Whether the processes of a run divide the optimizer's numbers; otherwise each keeps all.
  package var dividesOptimizer: Bool
  /// The greatest length of a step's gradient; longer ones are shortened.
  package var gradientLimit: Double
  /// Whether blocks are computed again in the backward pass, to save memory.
  package var recomputesBlocks: Bool
  /// Steps without a finite loss and gradient that are skipped in a row before the run ends.
  package var skipLimit: Int
  /// Samples that may be unreadable before the run ends.
  package var unreadableLimit: Int
  /// The rate of the running mean of the weights; nil: none is kept.
  package var averageRate: Double?
  /// Steps between checkpoints.
  package var checkpointInterval: Int
  /// Checkpoints that are kept, the newest.
  package var keptCheckpointCount: Int
  package var onFullDisk: FullDisk
  /// Steps between sheets of samples; nil: none.
  package var sheetInterval: Int?
  /// Samples on a sheet.
  package var sheetSampleCount: Int
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
    guard let model = try root.text("model") else { throw root.error("model", "is missing") }
    self.model = model
    data = try root.texts("data") ?? []
    cache = try root.text("cache")
    seed = UInt64(try root.integer("seed", in: 0...Int.max) ?? 0)
    stepCount = try root.integer("steps", in: 1...1_000_000_000) ?? 1000
    precision = try root.choice("precision") ?? .bfloat16
    resolution = try root.integer("resolution", in: 64...2048) ?? 640
    guard resolution.isMultiple(of: 32) else {
      throw root.error("resolution", "\(resolution) is not a multiple of 32")
    }
    maximumLayerCount = try root.integer("maximum-layers", in: 1...64) ?? 20
    captionDropout = try root.real("caption-dropout", in: 0...1) ?? 0.1
    maximumPromptTokenCount = try root.integer("maximum-prompt-tokens", in: 1...1024) ?? 512
    trained = try root.texts("train") ?? []
    frozen = try root.texts("freeze") ?? []
    conditionModel = try root.text("condition-model")
    unreadableLimit = try root.integer("unreadable-limit", in: 0...1_000_000_000) ?? 100

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
    batchesPerStep = try batch.integer("per-step", in: 1...1 << 20) ?? 1

    noiseLevels = try NoiseLevels(root.section("noise"))
    learningRate = try LearningRateSchedule(root.section("learning-rate"), stepCount: stepCount)
    let adam = try root.section("optimizer")
    optimizer = try AdamW.Settings(adam)
    dividesOptimizer = try adam.flag("divided") ?? false

    let gradient = try root.section("gradient")
    gradientLimit = try gradient.real("limit", in: 1e-12...1e12) ?? 1
    recomputesBlocks = try gradient.flag("recompute") ?? true
    skipLimit = try gradient.integer("skips-in-a-row", in: 0...1_000_000) ?? 10

    let average = try root.section("average")
    averageRate = try average.real("rate", in: 0...0.999999)
    adapter = root.has("lora") ? try Adapter(root.section("lora")) : nil

    let checkpoints = try root.section("checkpoints")
    checkpointInterval = try checkpoints.integer("every", in: 1...1_000_000_000) ?? 500
    keptCheckpointCount = try checkpoints.integer("keep", in: 1...1_000_000) ?? 3
    onFullDisk = try checkpoints.choice("on-full-disk") ?? .stop

    let sheets = try root.section("samples")
    sheetInterval = try sheets.integer("every", in: 1...1_000_000_000)
    sheetSampleCount = try sheets.integer("count", in: 1...64) ?? 4
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

extension LearningRateSchedule {
  fileprivate init(_ section: SettingsSection, stepCount: Int) throws(SettingsError) {
    self.init(
      peak: try section.real("peak", in: 1e-12...10) ?? 1e-5,
      warmUpStepCount: try section.integer("warm-up", in: 0...1_000_000_000) ?? 0,
      decay: try section.choice("decay") ?? .constant, stepCount: stepCount,
      final: try section.real("final", in: 0...10) ?? 0)
  }
}

extension AdamW.Settings {
  fileprivate init(_ section: SettingsSection) throws(SettingsError) {
    self.init()
    beta1 = try section.real("beta1", in: 0...0.999999) ?? beta1
    beta2 = try section.real("beta2", in: 0...0.999999999) ?? beta2
    epsilon = try section.real("epsilon", in: 1e-20...1) ?? epsilon
    weightDecay = try section.real("weight-decay", in: 0...10) ?? weightDecay
  }
}
