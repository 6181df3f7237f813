import Checkpoints
import FileTesting
import LearningTesting
import Safetensors
import Settings
import Torch
import Weights

@testable import Training

/// A run of a tiny model in a folder of its own.
struct TinyRun {
  let scratch: ScratchFolder
  var settings: String
  var samples: any SampleSource

  var output: String { scratch.path + "/run" }

  /// Makes the model and samples; `settings` are YAML lines beside the model's folder.
  init(_ settings: String, sampleCount: Int = 6) throws {
    scratch = try ScratchFolder()
    let model = scratch.path + "/model"
    try RandomCheckpoint(.tiny, seed: 3, dtype: .float32).write(to: model)
    self.settings = """
      model: \(model)
      resolution: 64
      precision: float32
      batch: {tokens: 400, per-step: 2}

      """ + settings
    samples = try Compositions.samples(sampleCount)
  }

  /// Where the samples' latents are.
  func cacheFolder() throws -> String {
    let folder = output + "/cache"
    return try folder + "/" + (ScratchFolder.names(in: folder).first ?? "")
  }

  func configuration() throws -> TrainingConfiguration {
    try TrainingConfiguration(SettingsFile.parse(settings, path: "run.yaml"), stage: .stage3)
  }

  /// Trains, until the step where it is stopped if it is to be.
  ///
  /// - Returns: What it told.
  @discardableResult
  func train(
    stoppingAt step: Int? = nil, output: String? = nil, allowsChanges: Bool = false
  ) async throws -> [TrainingEvent] {
    let (configuration, samples) = (try configuration(), samples)
    let output = output ?? self.output
    return try await recordedEvents(stoppingAt: step) { report in
      try Trainer(
        configuration, output: output, allowsChanges: allowsChanges, report: report)(samples)
    }
  }

  /// Every tensor of the newest checkpoint's optimizer, by name.
  func tensors(of output: String? = nil, step: Int) throws -> [String: [Float]] {
    try Self.tensors(of: output ?? self.output, step: step)
  }

  /// Every tensor of the optimizer in a checkpoint of a run, by name.
  static func tensors(of output: String, step: Int) throws -> [String: [Float]] {
    let checkpoints = TrainingCheckpoint(folder: output + "/checkpoints")
    let file = try SafetensorsFile(
      path: checkpoints.path(ofStep: step) + "/training/optimizer.safetensors")
    return try Dictionary(
      uniqueKeysWithValues: file.entries.map { entry in
        let tensor = try Tensor(entry, of: file.bytes(of: entry.name), in: file.path)
        return (entry.name, try tensor.values(as: Float.self))
      })
  }
}
