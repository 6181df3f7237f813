import AtomicFiles
import Autoencoder
import Checkpoints
import ImageCodecs
import LayerDecomposition
import PerceptualMetrics
import ProcessGroups
import Raster
import Reports
import Torch
import Weights

/// Trains the autoencoder of a checkpoint on composites and layers.
///
/// The output folder holds `checkpoints`, `metrics.jsonl`, TensorBoard's events and `samples`. A run whose folder has a
/// checkpoint goes on from the newest that is whole, to the bit.
package final class AutoencoderTrainer {
  private let configuration: AutoencoderTrainingConfiguration
  private let output: String
  private let allowsChanges: Bool
  private let placement: Placement
  private let group: any ProcessGroup
  private let report: (TrainingEvent) -> Void

  /// - Parameters:
  ///   - configuration: The run.
  ///   - output: Its folder; made where it is missing.
  ///   - device: Where the networks compute.
  ///   - group: The processes that train together, of which this is one.
  ///   - allowsChanges: Whether it goes on from a checkpoint of other settings.
  ///   - report: Told of progress.
  /// - Throws: ``TorchError`` where the device is not there.
  package init(
    _ configuration: AutoencoderTrainingConfiguration, output: String, device: Device = .cpu,
    group: any ProcessGroup = SingleProcess(), allowsChanges: Bool = false,
    report: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws {
    self.configuration = configuration
    self.output = output
    self.allowsChanges = allowsChanges
    self.group = group
    self.report = report
    try device.prepare()
    placement = Placement(device: device, dtype: configuration.run.precision.dtype)
  }

  /// Trains until the last step.
  ///
  /// A cancelled task writes a checkpoint after the step at work and then throws.
  ///
  /// - Parameter source: The samples.
  /// - Throws: `CancellationError`; ``DifferentRun``, ``TooManySkippedSteps``; what networks and files throw.
  package func callAsFunction(_ source: any SampleSource) throws {
    guard source.sampleCount > 0 else { throw NothingToLearn() }
    let folder = try CheckpointFolder(path: configuration.run.model)
    let files = try folder.openVAEForTraining(start: configuration.start)
    try makeFolder(output)
    let weights = try TrainedWeights(
      files, "vae", of: folder, settings: configuration.run, dtype: placement.dtype,
      device: placement.device)
    let batches = PictureBatches(
      source: source, configuration: configuration, dtype: placement.dtype,
      device: placement.device)
    let objective = try AutoencoderObjective(
      weights, batches: batches, loss: reconstructionLoss(), configuration: configuration,
      device: placement.device)
    var identity = configuration.identity
    identity["samples"] = source.fingerprint
    identity["model weights"] = try files.weights.shards.fingerprint()
    let run = try TrainingRun(
      objective, settings: configuration.run,
      checkpoints: TrainingCheckpoint(folder: output + "/checkpoints"), identity: identity,
      device: placement.device, group: group, allowsChanges: allowsChanges, report: report)
    try run.finish(in: output, sampleCount: source.sampleCount) { step in
      try drawSheet(of: batches, by: weights.network, step: step)
    }
  }

  private func reconstructionLoss() throws -> ReconstructionLoss {
    var loss = ReconstructionLoss(alphaWeight: configuration.alphaWeight)
    guard let perception = configuration.perception else { return loss }
    let store = WeightStore(
      try CheckpointWeights(path: perception.weights), dtype: .float32, device: placement.device)
    loss.perception = try PerceptualDistance(perception.trunk, weights: store.root)
    loss.perceptualWeight = perception.weight
    try store.finish()
    return loss
  }

  /// Pictures of the first samples and, beside each, what the autoencoder makes of it, over a checkerboard.
  private func drawSheet(
    of batches: PictureBatches, by network: QwenImageVAE, step: Int
  ) throws -> String {
    let folder = output + "/samples"
    try makeFolder(folder)
    let count = min(configuration.run.sheetSampleCount, batches.source.sampleCount)
    let rows = try (0..<count).map { place in
      let picture = try batches.picture(at: place, epoch: 0)
      return [picture, try PictureReconstruction(network)(picture)]
    }
    let path = "\(folder)/step-\(step).png"
    try AtomicFile.write(
      PictureSheet().image(of: rows).encoded(as: .opaquePNG), to: path, overwriting: true)
    return path
  }
}
