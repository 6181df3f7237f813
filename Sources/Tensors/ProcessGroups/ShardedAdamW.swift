import Torch
import TorchOptim

/// AdamW whose float32 numbers, the masters and both moments, are divided over processes.
///
/// Each process steps the parameters that are its own and sends the network's rounded numbers to the others. All bits are
/// those of ``TorchOptim/AdamW`` on one process.
///
/// Source: Rajbhandari and others, "ZeRO" (arXiv 1910.02054), stage 1.
package struct ShardedAdamW {
  /// Which process has which parameter.
  package let plan: ShardPlan

  /// The optimizer of this process's parameters, in the order of all parameters.
  package private(set) var own: AdamW

  private let group: any ProcessGroup
  private let computed: [Tensor]
  private let parcels: [Parcel]

  /// What an optimizer knows of one parameter.
  package struct State {
    package let master: Tensor
    package let moments: AdamW.Moments
    package let stepCount: Int

    package init(master: Tensor, moments: AdamW.Moments, stepCount: Int) {
      self.master = master
      self.moments = moments
      self.stepCount = stepCount
    }
  }

  /// Begins, or goes on where an earlier run ended.
  ///
  /// - Parameters:
  ///   - parameters: All that are trained, in one order everywhere: key, and what the network computes with, of the same
  ///     numbers everywhere and in writable memory.
  ///   - settings: What stays the same through a run.
  ///   - group: The processes, each with its tensors on the group's device.
  ///   - byteLimit: How much is sent at once.
  ///   - state: Asked for each parameter of this process, by its index; nil where the parameter begins.
  /// - Throws: ``TorchError``, and what `state` throws.
  package init(
    _ parameters: [(key: String, computed: Tensor)], settings: AdamW.Settings = AdamW.Settings(),
    over group: any ProcessGroup, byteLimit: Int = GradientBuckets.usualByteLimit,
    state: (_ index: Int) throws -> State? = { _ in nil }
  ) throws {
    self.group = group
    computed = parameters.map(\.computed)
    plan = ShardPlan(elementCounts: computed.map(\.elementCount), rankCount: group.count)
    parcels = Parcel.all(of: computed, plan: plan, rankCount: group.count, byteLimit: byteLimit)
    var trained: [TrainedParameter] = []
    var moments: [AdamW.Moments] = []
    var stepCounts: [Int] = []
    for index in plan.indices(of: group.rank) {
      let parameter = try TrainedParameter(parameters[index].key, computed[index])
      trained.append(parameter)
      if let state = try state(index) {
        try withoutGradients { try parameter.master.overwrite(with: state.master) }
        moments.append(state.moments)
        stepCounts.append(state.stepCount)
      } else {
        let (shape, device) = (parameter.master.shape, parameter.master.device)
        moments.append(
          AdamW.Moments(
            first: try .zeros(shape, device: device), second: try .zeros(shape, device: device)))
        stepCounts.append(0)
      }
    }
    try trained.publish()
    own = AdamW(trained, settings: settings, moments: moments, stepCounts: stepCounts)
  }

  /// Takes one step everywhere.
  ///
  /// - Parameters:
  ///   - gradients: The same on every process, one for each of all parameters; `nil` leaves it as it is.
  ///   - learningRate: Of this step.
  /// - Throws: ``TorchError``, ``ProcessGroupError``.
  package mutating func step(gradients: [Tensor?], learningRate: Double) throws {
    precondition(gradients.count == computed.count, "a gradient or nil for each parameter")
    try own.step(
      gradients: plan.indices(of: group.rank).map { gradients[$0] }, learningRate: learningRate)
    try publish()
  }

  /// Sends what the network computes with from its owners to all, as after numbers were restored.
  ///
  /// - Throws: ``TorchError``, ``ProcessGroupError``.
  package func publish() throws {
    guard group.count > 1 else { return }
    try withoutGradients {
      var underWay: [(parcel: Parcel, numbers: Tensor, exchange: PendingExchange)] = []
      func unpackFirst() throws {
        let (parcel, numbers, exchange) = underWay.removeFirst()
        try exchange.wait()
        if parcel.owner != group.rank { try parcel.unpack(numbers, to: computed) }
      }
      for parcel in parcels {
        let numbers =
          parcel.owner == group.rank ? try parcel.pack(computed) : try parcel.empty(like: computed)
        underWay.append((parcel, numbers, try group.beginBroadcast(numbers, from: parcel.owner)))
        // Several owners send at a time, and little more memory is needed than for that.
        if underWay.count > min(group.count, 8) { try unpackFirst() }
      }
      while !underWay.isEmpty { try unpackFirst() }
    }
  }

  /// How many steps each of all parameters has taken, known everywhere.
  ///
  /// - Throws: ``ProcessGroupError``.
  package func stepCounts() throws -> [Int] {
    let told = try group.gather(
      own.stepCounts.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
    var counts = Array(repeating: 0, count: computed.count)
    for (rank, bytes) in told.enumerated() {
      let indices = plan.indices(of: rank)
      guard bytes.count == 8 * indices.count else {
        throw ProcessGroupError.failed(
          operation: "collecting the optimizer's numbers",
          reason: "rank \(rank) sent \(bytes.count) bytes, not \(8 * indices.count)")
      }
      for (place, index) in indices.enumerated() {
        counts[index] = (0..<8).reduce(0) {
          $0 | Int(truncatingIfNeeded: bytes[8 * place + $1]) << (8 * $1)
        }
      }
    }
    return counts
  }
}
