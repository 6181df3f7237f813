import AtomicFiles
import DiffusionTransformer
import Glibc
import LayerDecomposition
import OneLine
import Safetensors
import Torch
import TorchOptim
import Weights

/// A run between two of its checkpoints: the state, and the step that changes it.
final class TrainingRun {
  private(set) var state = TrainingState()
  private let configuration: TrainingConfiguration
  private let weights: TrainedWeights
  private let assembly: BatchAssembly
  private let checkpoints: TrainingCheckpoint
  private let report: (TrainingEvent) -> Void
  private let backward: BackwardPass
  private var optimizer: AdamW
  private var average: ExponentialMovingAverage?
  private var plan: EpochPlan

  /// Begins a run, or goes on from the newest checkpoint.
  ///
  /// - Throws: ``DifferentRun`` where the checkpoint is that of other settings.
  init(
    _ configuration: TrainingConfiguration, weights: TrainedWeights, cache: LatentCache,
    checkpoints: TrainingCheckpoint, identity: [String: String], placement: Placement,
    allowsChanges: Bool, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.configuration = configuration
    self.weights = weights
    self.checkpoints = checkpoints
    self.report = report
    assembly = BatchAssembly(
      cache: cache, configuration: configuration, dtype: placement.dtype, device: placement.device)
    backward = BackwardPass(
      weights.transformer, parameters: weights.parameters.map { ($0.key, $0.computed) },
      recomputes: configuration.recomputesBlocks)
    optimizer = try AdamW(weights.parameters, settings: configuration.optimizer)
    average = try configuration.averageRate.map { rate throws(TorchError) in
      try ExponentialMovingAverage(of: weights.parameters, rate: rate)
    }
    plan = EpochPlan(epoch: 0, entries: cache.entries, configuration: configuration)
    state.identity = identity
    state.machine = ["threads": "\(TorchThreads.count)", "device": "\(placement.device)"]
    if let found = try checkpoints.newest(warn: { report(.warning($0)) }) {
      try resume(found, allowsChanges: allowsChanges)
    }
  }

  // MARK: A step

  /// Takes one step, or skips it where its numbers are not finite.
  ///
  /// - Throws: ``TooManySkippedSteps``, ``TooManyUnreadable``, ``TorchError``.
  func step() throws -> TrainingMetrics {
    let start = Self.seconds
    let epoch = state.position.epoch
    var batches: [AssembledBatch] = []
    // A step of which no sample can be read any more takes the next batches.
    while batches.isEmpty {
      for _ in 0..<configuration.batchesPerStep {
        let (batch, epoch) = nextBatch()
        if let batch = try assembly(batch, epoch: epoch, skip: skip) { batches.append(batch) }
      }
    }
    let sampleCount = batches.reduce(0) { $0 + $1.sampleCount }
    let tokenCount = batches.reduce(0) { $0 + $1.tokenCount }
    var sum = GradientSum(count: weights.parameters.count)
    var loss = 0.0
    for batch in batches { loss += try add(batch, of: sampleCount, to: &sum) }
    let norm =
      loss.isFinite ? try clipGradients(sum.gradients, toNorm: configuration.gradientLimit) : .nan
    let rate = configuration.learningRate.rate(atStep: state.step)
    if norm.isFinite {
      try optimizer.step(gradients: sum.gradients, learningRate: rate)
      try average?.follow(weights.parameters)
      state.skippedInARow = 0
    } else {
      state.skippedStepCount += 1
      state.skippedInARow += 1
      guard state.skippedInARow <= configuration.skipLimit else {
        throw TooManySkippedSteps(count: state.skippedInARow, step: state.step + 1)
      }
    }
    state.step += 1
    state.sampleCount += sampleCount
    state.tokenCount += tokenCount
    return TrainingMetrics(
      step: state.step, stepCount: configuration.stepCount, epoch: epoch,
      loss: loss.isFinite ? loss : nil, gradientNorm: norm.isFinite ? norm : nil,
      learningRate: rate, isSkipped: !norm.isFinite, sampleCount: sampleCount,
      tokenCount: tokenCount, seconds: Self.seconds - start)
  }

  /// Adds a batch's gradients.
  ///
  /// - Returns: Its share of the mean loss over the step's samples.
  private func add(
    _ batch: AssembledBatch, of sampleCount: Int, to sum: inout GradientSum
  ) throws -> Double {
    let transformer = weights.transformer
    let loss = try backward {
      try transformer.begin(
        batch.input, layout: batch.layout, prompt: batch.prompt, promptMask: batch.promptMask,
        time: batch.time, additionalCondition: batch.additionalCondition)
    } loss: { velocity in
      try FlowMatching.losses(of: velocity, data: batch.data, noise: batch.noise).sum()
        / Double(sampleCount)
    } receive: { index, gradient in
      try sum.add(gradient, at: index)
    }
    return try loss.values(as: Double.self).first ?? .nan
  }

  /// The next batch and its epoch; moves on.
  private func nextBatch() -> (TrainingBatch, epoch: Int) {
    if state.position.batch >= plan.batches.count {
      state.position = DataPosition(epoch: state.position.epoch + 1, batch: 0)
      plan = EpochPlan(
        epoch: state.position.epoch, entries: assembly.cache.entries, configuration: configuration)
    }
    defer { state.position.batch += 1 }
    return (plan.batches[state.position.batch], state.position.epoch)
  }

  private func skip(_ index: Int, _ error: any Error) throws {
    if error is TorchError { throw error }
    state.unreadableCount += 1
    report(.warning(onOneLine("sample \(index) cannot be read and is skipped: \(error)")))
    guard state.unreadableCount <= configuration.unreadableLimit else {
      throw TooManyUnreadable(limit: configuration.unreadableLimit, last: "\(error)")
    }
  }

  private static var seconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
  }

  // MARK: Checkpoints

  /// Writes a checkpoint of where the run stands.
  ///
  /// - Throws: `OutputError`, unless the disk is full and the run is to go on without it.
  func save() throws {
    var state = state
    state.optimizerStepCounts = optimizer.stepCounts
    state.averageStepCount = average?.stepCount ?? 0
    let values = average?.averages ?? weights.parameters.map(\.master)
    do {
      try checkpoints.write(
        state, tensors: tensors, keeping: configuration.keptCheckpointCount
      ) { output in
        try weights.write(to: output, values: values)
      }
      report(.checkpoint(path: checkpoints.path(ofStep: state.step)))
    } catch let error as OutputError where error.isFullDisk && configuration.onFullDisk == .goOn {
      report(.warning("no checkpoint could be written: \(error)"))
    }
  }

  /// Every number that changes, by name.
  private var tensors: [(name: String, tensor: Tensor)] {
    weights.parameters.enumerated().flatMap { index, parameter in
      [
        ("master/" + parameter.key, parameter.master),
        ("first/" + parameter.key, optimizer.moments[index].first),
        ("second/" + parameter.key, optimizer.moments[index].second),
      ] + (average.map { [("average/" + parameter.key, $0.averages[index])] } ?? [])
    }
  }

  private func resume(_ found: TrainingCheckpoint.Found, allowsChanges: Bool) throws {
    let differences = found.state.differences(to: state.identity)
    guard differences.isEmpty || allowsChanges else {
      throw DifferentRun(path: found.path, differences: differences)
    }
    for difference in differences { report(.warning("a setting changed: \(difference)")) }
    for name in state.machine.keys.sorted() where found.state.machine[name] != state.machine[name] {
      report(
        .warning(
          "\(name): \(found.state.machine[name] ?? "?") before, \(state.machine[name] ?? "?") now; "
            + "the numbers will differ in their last bits"))
    }
    func overwrite(_ tensor: Tensor, from name: String) throws {
      guard let entry = found.tensors.entry(named: name), entry.shape == tensor.shape else {
        throw TrainingCheckpoint.BrokenCheckpoint(
          path: found.path, reason: "'\(name)' is missing or has another shape")
      }
      try withoutGradients {
        try tensor.overwrite(
          with: Tensor(entry, of: found.tensors.bytes(of: name), in: found.path))
      }
    }
    for (name, tensor) in tensors { try overwrite(tensor, from: name) }
    try weights.parameters.publish()
    let (identity, machine) = (state.identity, state.machine)
    state = found.state
    (state.identity, state.machine) = (identity, machine)
    guard state.optimizerStepCounts.count == weights.parameters.count else {
      throw TrainingCheckpoint.BrokenCheckpoint(
        path: found.path, reason: "it has steps of \(state.optimizerStepCounts.count) parameters")
    }
    optimizer = AdamW(
      weights.parameters, settings: configuration.optimizer, moments: optimizer.moments,
      stepCounts: state.optimizerStepCounts)
    average = average.map {
      ExponentialMovingAverage(
        rate: $0.rate, averages: $0.averages, stepCount: found.state.averageStepCount)
    }
    plan = EpochPlan(
      epoch: state.position.epoch, entries: assembly.cache.entries, configuration: configuration)
    report(.resumed(path: found.path))
  }
}

/// Losses or gradients that are not finite, step after step.
struct TooManySkippedSteps: Error, CustomStringConvertible {
  let count: Int
  let step: Int

  var description: String {
    "loss or gradient was not finite in \(count) steps in a row, up to step \(step); "
      + "the last checkpoint is from before"
  }
}
