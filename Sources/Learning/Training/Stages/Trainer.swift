import AtomicFiles
import Autoencoder
import Checkpoints
import DiffusionTransformer
import Digests
import FoundationEssentials
import LayerDecomposition
import OneLine
import ProcessGroups
import Safetensors
import Torch
import TorchOptim
import Weights

/// Trains the transformer of a checkpoint on layered samples.
///
/// The output folder holds `checkpoints`, `metrics.jsonl`, TensorBoard's events, `samples` and, unless it is elsewhere,
/// the `cache`. A run whose folder has a checkpoint goes on from the newest that is whole, to the bit.
package final class Trainer {
  private let configuration: TrainingConfiguration
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
    _ configuration: TrainingConfiguration, output: String, device: Device = .cpu,
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
  /// - Throws: `CancellationError`; ``DifferentRun``, ``TooManySkippedSteps``; what stages and files throw.
  package func callAsFunction(_ source: any SampleSource) throws {
    let folder = try CheckpointFolder(path: configuration.run.model)
    let files = try folder.openPipeline()
    try makeFolder(output)
    let cache = try encodedSamples(of: source, files: files)
    guard !cache.entries.isEmpty else { throw NothingToLearn() }
    let weights = try TrainedWeights(
      files.transformer, "transformer", of: folder, settings: configuration.run,
      adapter: configuration.adapter, adapterStart: output + "/adapter-start.safetensors",
      dtype: placement.dtype, device: placement.device)
    let objective = LayerObjective(
      weights, cache: cache, configuration: configuration, placement: placement)
    let run = try TrainingRun(
      objective, settings: configuration.run,
      checkpoints: TrainingCheckpoint(folder: output + "/checkpoints"),
      identity: try identity(of: source, folder), device: placement.device, group: group,
      allowsChanges: allowsChanges, report: report)
    let sheets = SampleSheets(
      files: files, configuration: configuration, cache: cache, folder: output + "/samples",
      placement: placement)
    try run.finish(in: output, sampleCount: cache.entries.count) { step in
      try sheets.draw(weights.network, step: step)
    }
  }

  /// The samples' latents and features, made where they are missing.
  private func encodedSamples(
    of source: any SampleSource, files: CheckpointFolder.PipelineFiles
  ) throws -> LatentCache {
    let condition = try configuration.conditionModel.map {
      try ComponentFiles<QwenImageVAE>(path: $0 + "/vae")
    }
    let ingredients = [
      source.fingerprint, try files.text.network.weights.shards.fingerprint(),
      try files.vae.weights.shards.fingerprint(), try condition?.weights.shards.fingerprint() ?? "",
      "\(configuration.resolution) \(configuration.maximumPromptTokenCount) \(placement.dtype)",
      "\(configuration.taskWeights[.textToRGBA] != nil) \(configuration.usesCaptions)",
    ].joined(separator: "\n")
    let name = SHA256.hexadecimal(of: Array(ingredients.utf8)).prefix(16)
    let folder = "\(configuration.cache ?? output + "/cache")/\(name)"
    let cache = try LatentCache(
      of: source, in: folder, configuration: configuration,
      places: Array(stride(from: group.rank, to: source.sampleCount, by: group.count)),
      encoding: {
        try SampleEncoding(
          files, condition: condition, configuration: configuration, placement: placement)
      },
      report: { report(.encoded(count: $0, of: $1)) }, meet: group.barrier)
    for (index, reason) in cache.unusable {
      report(.warning("sample \(index) is left out: \(reason)"))
    }
    if cache.leftOutCount > 0 {
      report(
        .warning(
          "\(cache.leftOutCount) samples with more than \(configuration.maximumLayerCount) layers "
            + "are left out"))
    }
    FreedMemory.giveBack()
    return cache
  }

  /// What must be the same for a checkpoint to be gone on from.
  private func identity(
    of source: any SampleSource, _ folder: CheckpointFolder
  ) throws -> [String: String] {
    var identity = configuration.identity
    identity["samples"] = source.fingerprint
    identity["model weights"] = try folder.fingerprint()
    return identity
  }
}

extension TrainingConfiguration {
  /// The settings that decide what the numbers of a run are, by name.
  var identity: [String: String] {
    run.identity.merging([
      "tasks": TrainingTask.allCases.compactMap { task in
        taskWeights[task].map { "\(task.rawValue) \($0)" }
      }.joined(separator: ", "),
      "lora": adapter.map { "\($0)" } ?? "none", "resolution": "\(resolution)",
      "maximum layers": "\(maximumLayerCount)", "batch tokens": "\(batchTokenCount)",
      "caption dropout": "\(captionDropout)",
      "maximum prompt tokens": "\(maximumPromptTokenCount)", "noise": "\(noiseLevels)",
      "condition model": conditionModel ?? "none",
    ]) { $1 }
  }
}

/// A source without a sample that can be learnt from.
struct NothingToLearn: Error, CustomStringConvertible {
  var description: String { "there is no sample to learn from" }
}
