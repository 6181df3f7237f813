import AtomicFiles
import Glibc
import LayerDecomposition
import OneLine
import ProcessGroups
import Safetensors
import Torch
import TorchOptim

/// A run between two of its checkpoints: the state, and the step that changes it.
final class TrainingRun<Objective: TrainingObjective> {
  private(set) var state = TrainingState()
  let settings: RunSettings
  private let objective: Objective
  let parameters: [(key: String, tensor: Tensor)]
  private let checkpoints: TrainingCheckpoint
  let report: (TrainingEvent) -> Void
  private let group: any ProcessGroup
  /// Whether this is the process that writes.
  var isFirst: Bool { group.rank == 0 }
  /// The processes that divide the optimizer's numbers; this one alone where each keeps all.
  private let sharing: any ProcessGroup
  private let buckets: GradientBuckets
  private var optimizer: ShardedAdamW
  /// Of the parameters whose numbers are this process's.
  private var average: ExponentialMovingAverage?
  private var plan: [Objective.PlannedBatch]

  /// Begins a run, or goes on from the newest checkpoint.
  ///
  /// - Throws: ``DifferentRun`` where the checkpoint is that of other settings.
  init(
    _ objective: Objective, settings: RunSettings, checkpoints: TrainingCheckpoint,
    identity: [String: String], device: Device, group: any ProcessGroup, allowsChanges: Bool,
    report: @escaping (TrainingEvent) -> Void
  ) throws {
    self.settings = settings
    self.objective = objective
    self.checkpoints = checkpoints
    self.report = report
    self.group = group
    sharing = settings.dividesOptimizer ? group : SingleProcess()
    let parameters = objective.parameters
    self.parameters = parameters
    buckets = try GradientBuckets(
      objective.gradientOrder.map { (parameters[$0].key, parameters[$0].tensor.shape) },
      over: group, device: device)
    state.identity = identity
    state.machine = [
      "threads": "\(TorchThreads.count)", "device": "\(device)",
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
      parameters.map { ($0.key, $0.tensor) }, settings: settings.optimizer, over: sharing
    ) { index in
      try found?.optimizerState(of: parameters[index].key, index: index)
    }
    try optimizer.publish()
    self.optimizer = optimizer
    average = try settings.averageRate.map { rate in
      let own = optimizer.own.parameters
      guard let found else { return try ExponentialMovingAverage(of: own, rate: rate) }
      return ExponentialMovingAverage(
        rate: rate, averages: try own.map { try found.tensor("average/" + $0.key) },
        stepCount: found.state.averageStepCount)
    }
    plan = objective.batches(ofEpoch: state.position.epoch)
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
    var batches: [Objective.Batch] = []
    var counts = StepCounts()
    // A step of which no sample can be read any more takes the next batches.
    while counts.samples == 0 {
      for turn in 0..<settings.batchesPerStep {
        let (batch, epoch) = nextBatch()
        guard turn % group.count == group.rank else { continue }
        if let batch = try objective.read(batch, epoch: epoch, skip: skip) { batches.append(batch) }
      }
      counts = try StepCounts(of: batches, over: group)
    }
    // The loss and its parts.
    var losses = Array(repeating: 0.0, count: 1 + Objective.partNames.count)
    for (place, batch) in batches.enumerated() {
      let isLast = place == batches.count - 1
      let values = try objective.losses(of: batch, step: state.step, sampleCount: counts.samples) {
        try buckets.add($1, of: parameters[$0].key, isLast: isLast)
      }
      for (index, value) in values.enumerated() { losses[index] += value }
    }
    let sums = try buckets.finish()
    let gradients = parameters.map { sums[$0.key] }
    losses = try sumOverProcesses(losses)
    let norms =
      losses.allSatisfy(\.isFinite)
      ? try objective.clippedTogether.map {
        try clipGradients(Array(gradients[$0]), toNorm: settings.gradientLimit)
      } : [.nan]
    // The length of all gradients is that of the lengths of the parts.
    let norm = norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let rate = settings.learningRate.rate(atStep: state.step)
    if norm.isFinite {
      try optimizer.step(gradients: gradients, learningRate: rate)
      try average?.follow(optimizer.own.parameters)
      state.skippedInARow = 0
    } else {
      state.skippedStepCount += 1
      state.skippedInARow += 1
      guard state.skippedInARow <= settings.skipLimit else {
        throw TooManySkippedSteps(count: state.skippedInARow, step: state.step + 1)
      }
    }
    state.step += 1
    state.sampleCount += counts.samples
    state.tokenCount += counts.tokens
    return TrainingMetrics(
      step: state.step, stepCount: settings.stepCount, epoch: epoch,
      loss: losses[0].isFinite ? losses[0] : nil,
      parts: parts(losses), gradientNorm: norm.isFinite ? norm : nil,
      learningRate: rate, isSkipped: !norm.isFinite, sampleCount: counts.samples,
      tokenCount: counts.tokens, seconds: Self.seconds - start)
  }

  /// The parts of a loss by their names; nil where it has none.
  private func parts(_ losses: [Double]) -> [String: Double]? {
    let finite = zip(Objective.partNames, losses.dropFirst()).filter { $1.isFinite }
    return finite.isEmpty ? nil : Dictionary(uniqueKeysWithValues: finite)
  }

  private func sumOverProcesses(_ values: [Double]) throws -> [Double] {
    let told = try group.gather(
      values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    return values.indices.map { index in
      told.reduce(0) { sum, bytes in
        let number = bytes.dropFirst(8 * index).prefix(8).reversed()
        return sum + Double(bitPattern: number.reduce(0) { $0 << 8 | UInt64($1) })
      }
    }
  }

  /// Whether one of the processes was asked to stop, so that all do so behind the same step.
  func isCancelled() throws -> Bool {
    try group.gather([Task.isCancelled ? 1 : 0]).contains([1])
  }

  /// The next batch and its epoch; moves on.
  private func nextBatch() -> (Objective.PlannedBatch, epoch: Int) {
    if state.position.batch >= plan.count {
      state.position = DataPosition(epoch: state.position.epoch + 1, batch: 0)
      plan = objective.batches(ofEpoch: state.position.epoch)
    }
    defer { state.position.batch += 1 }
    return (plan[state.position.batch], state.position.epoch)
  }

  private func skip(_ index: Int, _ error: any Error) throws {
    if error is TorchError { throw error }
    state.unreadableCount += 1
    report(.warning(onOneLine("sample \(index) cannot be read and is skipped: \(error)")))
    guard state.unreadableCount <= settings.unreadableLimit else {
      throw TooManyUnreadable(limit: settings.unreadableLimit, last: "\(error)")
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
          try objective.write(to: output, values: values)
        }
      }
      for (kind, own) in kinds {
        try optimizer.plan.collect(own, shapes: shapes, over: sharing) { index, tensor in
          try writing?.append(tensor, named: kind + parameters[index].key)
        }
      }
      try atFirst {
        guard let writing else { return }
        try checkpoints.commit(writing, keeping: settings.keptCheckpointCount)
      }
      report(.checkpoint(path: checkpoints.path(ofStep: state.step)))
    } catch let error as OutputError where error.isFullDisk && settings.onFullDisk == .goOn {
      report(.warning("no checkpoint could be written: \(error)"))
    } catch is SkippedCheckpoint {}
  }

  /// Does work at the first process and lets the others know how it went.
  private func atFirst(_ body: () throws -> Void) throws {
    var failure: (any Error)?
    if group.rank == 0 {
      do { try body() } catch { failure = error }
    }
    let goesOn = settings.onFullDisk == .goOn && (failure as? OutputError)?.isFullDisk == true
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

  private var shapes: [[Int]] { parameters.map(\.tensor.shape) }

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
      zip(parameters, shapes).map { parameter, shape in
        TensorDeclaration(name: kind + parameter.key, dtype: .float32, shape: shape)
      }
    }
  }

  /// What the model in a checkpoint holds for each parameter: the running means where they are kept.
  ///
  /// Of those the first process alone has all.
  private func modelValues() throws -> [Tensor] {
    guard let average else { return parameters.map(\.tensor) }
    var values: [Tensor] = []
    try optimizer.plan.collect(average.averages, shapes: shapes, over: sharing) { index, tensor in
      values.append(try tensor.converted(to: parameters[index].tensor.dtype))
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

  init(of batches: [some TrainingBatchCounts], over group: any ProcessGroup) throws {
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
