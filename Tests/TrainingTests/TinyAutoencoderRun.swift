import AtomicFiles
import Autoencoder
import Checkpoints
import FileTesting
import FoundationEssentials
import LearningTesting
import Safetensors
import Settings
import Synchronization
import Torch
import Weights

@testable import Training

/// A run that trains the autoencoder of a tiny model in a folder of its own.
struct TinyAutoencoderRun {
  let scratch: ScratchFolder
  var settings: String
  let samples: any SampleSource

  var output: String { scratch.path + "/run" }

  /// Makes the model and samples; `settings` are YAML lines beside the model's folder.
  init(_ settings: String) throws {
    scratch = try ScratchFolder()
    let model = scratch.path + "/model"
    try RandomCheckpoint(.tiny, seed: 3, dtype: .float32).write(to: model)
    self.settings = "model: \(model)\nprecision: float32\nbatch: {pictures: 2}\n" + settings
    if !settings.contains("pictures:") { self.settings += "\npictures: {side: 32}" }
    samples = try Compositions.samples(6)
  }

  func configuration() throws -> AutoencoderTrainingConfiguration {
    try AutoencoderTrainingConfiguration(SettingsFile.parse(settings, path: "run.yaml"))
  }

  /// Trains, until the step where it is stopped if it is to be.
  ///
  /// - Returns: What it told.
  @discardableResult
  func train(stoppingAt step: Int? = nil, output: String? = nil) async throws -> [TrainingEvent] {
    let (configuration, samples, output) = (try configuration(), samples, output ?? self.output)
    return try await recordedEvents(stoppingAt: step) { report in
      try AutoencoderTrainer(configuration, output: output, report: report)(samples)
    }
  }

  /// The model of a checkpoint.
  func model(of output: String, step: Int) throws -> CheckpointFolder {
    try CheckpointFolder(
      path: TrainingCheckpoint(folder: output + "/checkpoints").path(ofStep: step))
  }

  /// Writes an autoencoder of three channels of the tiny model's sizes.
  func writeOpaqueAutoencoder(to path: String) throws {
    let layered = try CheckpointFolder(path: scratch.path + "/model").openVAE()
    var configuration = layered.configuration
    configuration.imageChannelCount = 3
    let store = WeightStore(SeededWeights(seed: 5))
    _ = try QwenImageVAE(configuration, weights: store.root)
    let folder = try AtomicFolder(at: path)
    try folder.write(Array(JSONEncoder().encode(configuration)), named: "config.json")
    let writer = try SafetensorsWriter(
      named: "diffusion_pytorch_model.safetensors", in: folder,
      store.parameters.map { TensorDeclaration(name: $0.key, dtype: .float32, shape: $0.shape) })
    for parameter in store.parameters {
      try parameter.assembled().withUnsafeBytes { try writer.write($0, of: parameter.key) }
    }
    try writer.commit()
    try folder.commit()
  }
}

/// Runs what trains, until the step where it is stopped if it is to be.
///
/// - Returns: What it told.
func recordedEvents(
  stoppingAt step: Int?,
  _ train:
    @escaping @Sendable (
      _ report: @escaping @Sendable (TrainingEvent) -> Void
    ) throws -> Void
) async throws -> [TrainingEvent] {
  // A task of its own, so that the test goes on after it was cancelled.
  try await Task {
    let events = Mutex<[TrainingEvent]>([])
    do {
      try train { event in
        events.withLock { $0.append(event) }
        if case .stepped(let metrics) = event, metrics.step == step {
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
    } catch is CancellationError where step != nil {}
    return events.withLock { $0 }
  }.value
}
