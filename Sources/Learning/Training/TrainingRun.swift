import AtomicFiles
import DiffusionTransformer
import Glibc
import LayerDecomposition
import OneLine
import ProcessGroups
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
  private let group: any ProcessGroup
  /// The processes that divide the optimizer's numbers; this one alone where each keeps all.
  private let sharing: any ProcessGroup
  private let buckets: GradientBuckets
  private var optimizer: ShardedAdamW
  /// Of the parameters whose numbers are this process's.
  private var average: ExponentialMovingAverage?
  private var plan: EpochPlan

  /// Begins a run, or goes on from the newest checkpoint.
  ///
  /// - Throws: ``DifferentRun`` where the checkpoint is that of other settings.
  init(
    _ configuration: TrainingConfiguration, weights: TrainedWeights, cache: LatentCache,
    checkpoints: TrainingCheckpoint, identity: [String: String], placement: Placement,
    group: any ProcessGroup, allowsChanges: Bool, report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.configuration = configuration
    self.weights = weights
    self.checkpoints = checkpoints
    self.report = report
    assembly = BatchAssembly(
      cache: cache, configuration: configuration, dtype: placement.dtype, device: placement.device)
    self.group = group
    sharing = configuration.dividesOptimizer ? group : SingleProcess()
    let parameters = weights.parameters.map { (key: $0.key, tensor: $0.tensor) }
    backward = BackwardPass(
      weights.transformer, parameters: parameters, recomputes: configuration.recomputesBlocks)
    buckets = try GradientBuckets(
      backward.order.map { (parameters[$0].key, parameters[$0].tensor.shape) }, over: group,
      device: placement.device)
    state.identity = identity
    state.machine = [
      "threads": "\(TorchThreads.count)", "device": "\(placement.device)",
      "processes": "\(group.count)",
    ]
    let found = try checkpoints.newest(warn: { report(.warning($0)) })
    if let found {
      try Self.check(found, against: state, allowsChanges: allowsChanges, report: report)
      let (identity, machine) = (state.identity, state.machine)
      state = found.state
      (state.identity, state.machine) = (identity, machine)
    }
    let optimizer = try ShardedAdamW(
      weights.parameters.map { ($0.key, $0.tensor) }, settings: configuration.optimizer,
      over: sharing
    ) { index in
      try found?.optimizerState(of: weights.parameters[index].key, index: index)
    }
    try optimizer.publish()
    self.optimizer = optimizer
    average = try configuration.averageRate.map { rate in
      let own = optimizer.own.parameters
      guard let found else { return try ExponentialMovingAverage(of: own, rate: rate) }
      return ExponentialMovingAverage(
        rate: rate, averages: try own.map { try found.tensor("average/" + $0.key) },
        stepCount: found.state.averageStepCount)
    }
    plan = EpochPlan(
      epoch: state.position.epoch, entries: cache.entries, configuration: configuration)
    if let found { report(.resumed(path: found.path)) }
  }

  // MARK: A step

  /// Takes one step, or skips it where its numbers are not finite.
  ///
  /// The batches of the step are dealt out to the processes by turns; whoever computes one, its samples have the same
  /// noise, and the mean is over the samples of all.
  ///
  /// - Returns: The step's numbers, the same everywhere but for the time.
  /// - Throws: ``TooManySkippedSteps``, ``TooManyUnreadable``, `ProcessGroupError`, ``TorchError``.
  func step() throws -> TrainingMetrics {
    let start = Self.seconds
    let epoch = state.position.epoch
    var batches: [AssembledBatch] = []
    var counts = StepCounts()
    // A step of which no sample can be read any more takes the next batches.
    while counts.samples == 0 {
      for turn in 0..<configuration.batchesPerStep {
        let (batch, epoch) = nextBatch()
        guard turn % group.count == group.rank else { continue }
        if let batch = try assembly(batch, epoch: epoch, skip: skip) { batches.append(batch) }
      }
      counts = try StepCounts(of: batches, over: group)
    }
    var loss = 0.0
    for (place, batch) in batches.enumerated() {
      loss += try add(batch, of: counts.samples, isLast: place == batches.count - 1)
    }
    let sums = try buckets.finish()
    let gradients = weights.parameters.map { sums[$0.key] }
    loss = try sumOverProcesses(loss)
    let norm =
      loss.isFinite ? try clipGradients(gradients, toNorm: configuration.gradientLimit) : .nan
    let rate = configuration.learningRate.rate(atStep: state.step)
    if norm.isFinite {
      try optimizer.step(gradients: gradients, learningRate: rate)
      try average?.follow(optimizer.own.parameters)
      state.skippedInARow = 0
    } else {
      state.skippedStepCount += 1
      state.skippedInARow += 1
      guard state.skippedInARow <= configuration.skipLimit else {
        throw TooManySkippedSteps(count: state.skippedInARow, step: state.step + 1)
      }
    }
    state.step += 1
    state.sampleCount += counts.samples
    state.tokenCount += counts.tokens
    return TrainingMetrics(
      step: state.step, stepCount: configuration.stepCount, epoch: epoch,
      loss: loss.isFinite ? loss : nil, gradientNorm: norm.isFinite ? norm : nil,
      learningRate: rate, isSkipped: !norm.isFinite, sampleCount: counts.samples,
      tokenCount: counts.tokens, seconds: Self.seconds - start)
  }

  /// Adds a batch's gradients; those of the last batch set out for the other processes block by block.
  ///
  /// - Returns: Its share of the mean loss over the step's samples.
  private func add(
    _ batch: AssembledBatch, of sampleCount: Int, isLast: Bool
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
      try buckets.add(gradient, of: weights.parameters[index].key, isLast: isLast)
    }
    return try loss.values(as: Double.self).first ?? .nan
  }

  private func sumOverProcesses(_ value: Double) throws -> Double {
    let told = try group.gather(withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    return told.reduce(0) { sum, bytes in
      sum + Double(bitPattern: bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  /// Whether one of the processes was asked to stop, so that all do so behind the same step.
  func isCancelled() throws -> Bool {
    try group.gather([Task.isCancelled ? 1 : 0]).contains([1])
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

  /// Writes a checkpoint of where the run stands; every process calls it, the first one writes.
  ///
  /// - Throws: `OutputError`, unless the disk is full and the run is to go on without it; `ProcessGroupError`.
  func save() throws {
    var state = state
    state.optimizerStepCounts = try optimizer.stepCounts()
    state.averageStepCount = average?.stepCount ?? 0
    let values = try modelValues()
    var writing: TrainingCheckpoint.Writing?
    do {
      try atFirst {
        writing = try checkpoints.begin(state, declarations) { output in
          try weights.write(to: output, values: values)
        }
      }
      for (kind, own) in kinds {
        try optimizer.plan.collect(own, shapes: shapes, over: sharing) { index, tensor in
          try writing?.append(tensor, named: kind + weights.parameters[index].key)
        }
      }
      try atFirst {
        guard let writing else { return }
        try checkpoints.commit(writing, keeping: configuration.keptCheckpointCount)
      }
      report(.checkpoint(path: checkpoints.path(ofStep: state.step)))
    } catch let error as OutputError where error.isFullDisk && configuration.onFullDisk == .goOn {
      report(.warning("no checkpoint could be written: \(error)"))
    } catch is SkippedCheckpoint {}
  }

  /// Does work at the first process and lets the others know how it went.
  private func atFirst(_ body: () throws -> Void) throws {
    var failure: (any Error)?
    if group.rank == 0 {
      do { try body() } catch { failure = error }
    }
    let goesOn = configuration.onFullDisk == .goOn && (failure as? OutputError)?.isFullDisk == true
    let told = try group.gather(failure == nil ? [0] : goesOn ? [1] : [2]).first
    if let failure { throw failure }
    switch told {
    case [0]?: return
    case [1]?: throw SkippedCheckpoint()
    default:
      throw ProcessGroupError.failed(
        operation: "writing a checkpoint", reason: "the first process could not")
    }
  }

  /// A checkpoint that the first process found no room for.
  private struct SkippedCheckpoint: Error {}

  private var shapes: [[Int]] { weights.parameters.map(\.tensor.shape) }

  /// The numbers of this process's parameters, by the beginning of their names.
  private var kinds: [(String, [Tensor])] {
    [
      ("master/", optimizer.own.parameters.map(\.master)),
      ("first/", optimizer.own.moments.map(\.first)),
      ("second/", optimizer.own.moments.map(\.second)),
    ] + (average.map { [("average/", $0.averages)] } ?? [])
  }

  private var declarations: [TensorDeclaration] {
    kinds.flatMap { kind, _ in
      zip(weights.parameters, shapes).map { parameter, shape in
        TensorDeclaration(name: kind + parameter.key, dtype: .float32, shape: shape)
      }
    }
  }

  /// What the model in a checkpoint holds for each parameter: the running means where they are kept.
  ///
  /// Of those the first process alone has all.
  private func modelValues() throws -> [Tensor] {
    guard let average else { return weights.parameters.map(\.tensor) }
    var values: [Tensor] = []
    try optimizer.plan.collect(average.averages, shapes: shapes, over: sharing) { index, tensor in
      values.append(try tensor.converted(to: weights.parameters[index].tensor.dtype))
    }
    return values
  }

  private static func check(
    _ found: TrainingCheckpoint.Found, against state: TrainingState, allowsChanges: Bool,
    report: (TrainingEvent) -> Void
  ) throws {
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
  }
}

/// How much the processes learn from in a step, together.
private struct StepCounts {
  var samples = 0
  var tokens = 0

  init() {}

  init(of batches: [AssembledBatch], over group: any ProcessGroup) throws {
    let own = [
      batches.reduce(0) { $0 + $1.sampleCount }, batches.reduce(0) { $0 + $1.tokenCount },
    ]
    let told = try group.gather(
      own.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
    func number(_ place: Int, _ bytes: [UInt8]) -> Int {
      bytes.dropFirst(8 * place).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    samples = told.reduce(0) { $0 + number(0, $1) }
    tokens = told.reduce(0) { $0 + number(1, $1) }
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
