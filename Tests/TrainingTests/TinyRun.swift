import Checkpoints
import FileTesting
import LearningTesting
import Safetensors
import Settings
import Synchronization
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
    // A task of its own, so that the test goes on after it was cancelled.
    let (configuration, samples) = (try configuration(), samples)
    let output = output ?? self.output
    return try await Task {
      let events = Mutex<[TrainingEvent]>([])
      let trainer = try Trainer(
        configuration, output: output, allowsChanges: allowsChanges
      ) { event in
        events.withLock { $0.append(event) }
        if case .stepped(let metrics) = event, metrics.step == step {
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      do {
        try trainer(samples)
      } catch is CancellationError where step != nil {}
      return events.withLock { $0 }
    }.value
  }

  /// Every tensor of the newest checkpoint's optimizer, by name.
  func tensors(of output: String? = nil, step: Int) throws -> [String: [Float]] {
    let checkpoints = TrainingCheckpoint(folder: (output ?? self.output) + "/checkpoints")
    let file = try SafetensorsFile(
      path: checkpoints.path(ofStep: step) + "/training/optimizer.safetensors")
    return try Dictionary(
      uniqueKeysWithValues: file.entries.map { entry in
        let tensor = try Tensor(entry, of: file.bytes(of: entry.name), in: file.path)
        return (entry.name, try tensor.values(as: Float.self))
      })
  }
}
