import Settings
import Torch
import TorchOptim

/// What every run of training is told, whatever it trains.
package struct RunSettings: Hashable, Sendable {
  package enum Precision: String, CaseIterable, Hashable, Sendable {
    /// The network computes in it; the optimizer has float32 copies of the weights.
    case bfloat16
    case float32

    var dtype: DType { self == .bfloat16 ? .bfloat16 : .float32 }
  }

  /// What happens when a checkpoint finds no room on the disk.
  package enum FullDisk: String, CaseIterable, Hashable, Sendable {
    case stop
    case goOn = "go-on"
  }

  /// The checkpoint folder that training starts from; text encoder and autoencoder stay as they are there.
  package var model: String
  /// Folders of samples.
  package var data: [String]
  package var seed: UInt64
  /// Steps of the whole run.
  package var stepCount: Int
  package var precision: Precision
  /// Parts of keys of which one must be in a parameter that is trained; empty: all are.
  package var trained: [String]
  /// Parts of keys of which none may be in a parameter that is trained.
  package var frozen: [String]
  /// Batches whose gradients are added for one step, over all processes.
  package var batchesPerStep: Int
  package var learningRate: LearningRateSchedule
  package var optimizer: AdamW.Settings
  /// Whether the processes of a run divide the optimizer's numbers; otherwise each keeps all.
  package var dividesOptimizer: Bool
  /// The greatest length of a step's gradient; longer ones are shortened.
  package var gradientLimit: Double
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

  /// Takes settings that were read; those of one kind of training alone are left to it.
  ///
  /// - Throws: `SettingsError` that names the key.
  init(_ root: SettingsSection) throws(SettingsError) {
    guard let model = try root.text("model") else { throw root.error("model", "is missing") }
    self.model = model
    data = try root.texts("data") ?? []
    seed = UInt64(try root.integer("seed", in: 0...Int.max) ?? 0)
    stepCount = try root.integer("steps", in: 1...1_000_000_000) ?? 1000
    precision = try root.choice("precision") ?? .bfloat16
    trained = try root.texts("train") ?? []
    frozen = try root.texts("freeze") ?? []
    unreadableLimit = try root.integer("unreadable-limit", in: 0...1_000_000_000) ?? 100
    batchesPerStep = try root.section("batch").integer("per-step", in: 1...1 << 20) ?? 1

    learningRate = try LearningRateSchedule(root.section("learning-rate"), stepCount: stepCount)
    let adam = try root.section("optimizer")
    optimizer = try AdamW.Settings(adam)
    dividesOptimizer = try adam.flag("divided") ?? false

    let gradient = try root.section("gradient")
    gradientLimit = try gradient.real("limit", in: 1e-12...1e12) ?? 1
    skipLimit = try gradient.integer("skips-in-a-row", in: 0...1_000_000) ?? 10
    averageRate = try root.section("average").real("rate", in: 0...0.999999)

    let checkpoints = try root.section("checkpoints")
    checkpointInterval = try checkpoints.integer("every", in: 1...1_000_000_000) ?? 500
    keptCheckpointCount = try checkpoints.integer("keep", in: 1...1_000_000) ?? 3
    onFullDisk = try checkpoints.choice("on-full-disk") ?? .stop

    let sheets = try root.section("samples")
    sheetInterval = try sheets.integer("every", in: 1...1_000_000_000)
    sheetSampleCount = try sheets.integer("count", in: 1...64) ?? 4
  }

  /// Whether a parameter of that key is trained.
  func trains(_ key: String) -> Bool {
    (trained.isEmpty || trained.contains { key.contains($0) })
      && !frozen.contains { key.contains($0) }
  }

  /// The settings that decide what the numbers of a run are, by name.
  ///
  /// How often checkpoints and sheets are made is none of them.
  var identity: [String: String] {
    [
      "model": model, "seed": "\(seed)", "precision": precision.rawValue,
      "train": trained.joined(separator: ", "), "freeze": frozen.joined(separator: ", "),
      "batches per step": "\(batchesPerStep)", "learning rate": "\(learningRate)",
      "optimizer": "\(optimizer)", "gradient limit": "\(gradientLimit)",
      "average": averageRate.map { "\($0)" } ?? "none",
    ]
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
