import Torch

/// Gradients of a step on their way to the sum over all processes, while the backward pass goes on.
///
/// Gradients that arrive one after another lie side by side in buckets; as soon as all of a bucket are there, its sum
/// begins. Behind each bucket's gradients lies for each a mark that it was there at all, so that a parameter that took no
/// part on one process still gets what the others found. Buckets begin in one order everywhere, whatever came first. From a step's first gradient
/// to ``finish()`` the group is theirs alone.
///
/// Source: Li and others, "PyTorch Distributed" (arXiv 2006.15704), section 3.2.
package final class GradientBuckets {
  private let group: any ProcessGroup
  private let keys: [String]
  private let places: [String: Int]
  private var members: [Member] = []
  private var buckets: [Bucket] = []
  /// How many buckets have begun, always the first ones.
  private var begunCount = 0

  private struct Member {
    let bucket: Int
    /// The place in the bucket, a view of the parameter's shape.
    let sum: Tensor
    var isPresent = false
    var isComplete = false
  }

  private struct Bucket {
    let all: Tensor
    /// For each member one number, the end of ``all``.
    let marks: Tensor
    let members: Range<Int>
    var waitingFor: Int
    var exchange: PendingExchange?
  }

  /// What buckets hold unless said otherwise, in bytes: long enough for full speed, short enough to begin early.
  package static let usualByteLimit = 25 << 20

  /// - Parameters:
  ///   - parameters: Key and shape of each, in the order in which gradients arrive; the same on every process.
  ///   - group: The processes.
  ///   - device: That of the gradients and the group.
  ///   - byteLimit: How large a bucket gets, unless one gradient alone is larger.
  /// - Throws: ``TorchError``.
  /// - Precondition: Keys are distinct.
  package init(
    _ parameters: [(key: String, shape: [Int])], over group: any ProcessGroup,
    device: Device = .cpu, byteLimit: Int = usualByteLimit
  ) throws(TorchError) {
    self.group = group
    keys = parameters.map(\.key)
    places = Dictionary(uniqueKeysWithValues: keys.enumerated().map { ($1, $0) })
    var start = 0
    while start < parameters.count {
      var lengths: [Int] = []
      var byteCount = 0
      for parameter in parameters[start...] {
        let length = parameter.shape.reduce(1, *)
        if !lengths.isEmpty, byteCount + 4 * length > byteLimit { break }
        lengths.append(length)
        byteCount += 4 * length
      }
      let end = start + lengths.count
      let all = try Tensor.zeros([lengths.reduce(lengths.count, +)], device: device)
      let pieces = try all.split(lengths + [lengths.count], along: 0)
      for (parameter, piece) in zip(parameters[start..<end], pieces) {
        members.append(
          Member(bucket: buckets.count, sum: try piece.reshaped(to: parameter.shape)))
      }
      buckets.append(
        Bucket(
          all: all, marks: pieces[lengths.count], members: start..<end, waitingFor: lengths.count))
      start = end
    }
  }

  /// Adds a gradient to what this process found of a parameter so far, as over several batches of a step.
  ///
  /// - Parameters:
  ///   - gradient: Of any floating type, of the parameter's shape.
  ///   - key: The parameter's.
  ///   - isLast: Whether nothing more of this parameter comes in this step.
  /// - Throws: ``TorchError``, ``ProcessGroupError``.
  /// - Precondition: There is such a parameter, of which the last gradient of the step has not come.
  package func add(_ gradient: Tensor, of key: String, isLast: Bool) throws {
    guard let index = places[key] else { preconditionFailure("no parameter '\(key)'") }
    precondition(!members[index].isComplete, "a gradient of '\(key)' behind the last one")
    guard gradient.shape == members[index].sum.shape else {
      throw TorchError.unexpectedShape(
        what: "gradient of '\(key)'", expected: members[index].sum.shape, found: gradient.shape)
    }
    try withoutGradients {
      if members[index].isPresent {
        var sum = members[index].sum
        try sum += gradient
      } else {
        try members[index].sum.overwrite(with: gradient)
      }
    }
    members[index].isPresent = true
    if isLast { try complete(index) }
  }

  /// Says that nothing more of a parameter comes in this step.
  private func complete(_ index: Int) throws {
    members[index].isComplete = true
    buckets[members[index].bucket].waitingFor -= 1
    while begunCount < buckets.count, buckets[begunCount].waitingFor == 0 {
      let bucket = buckets[begunCount]
      let present = members[bucket.members].map { Float($0.isPresent ? 1 : 0) }
      try withoutGradients {
        for member in members[bucket.members] where !member.isPresent {
          // What an earlier step left.
          try member.sum.overwrite(with: .zeros([]))
        }
        try bucket.marks.overwrite(with: Tensor(present, shape: [present.count]))
      }
      buckets[begunCount].exchange = try group.sum(bucket.all)
      begunCount += 1
    }
  }

  /// Waits for the sums of a step; parameters whose last gradient has not come get no more.
  ///
  /// - Returns: By key the sums over all processes, float32; without those that no process found a gradient of. They lie in
  ///   the buckets: the next step overwrites them.
  /// - Throws: ``ProcessGroupError``, ``TorchError``.
  package func finish() throws -> [String: Tensor] {
    for index in members.indices where !members[index].isComplete { try complete(index) }
    var sums: [String: Tensor] = [:]
    for (number, bucket) in buckets.enumerated() {
      try bucket.exchange?.wait()
      buckets[number].exchange = nil
      buckets[number].waitingFor = bucket.members.count
      for (index, mark) in zip(bucket.members, try bucket.marks.values(as: Float.self)) {
        if mark > 0 { sums[keys[index]] = members[index].sum }
        members[index].isPresent = false
        members[index].isComplete = false
      }
    }
    begunCount = 0
    return sums
  }
}
