import Glibc
import ProcessGroups
import Torch

/// What each process of a group does in a test, and the lines by which it tells.
///
/// Every process does the same, as in training; the test compares lines of processes with one another and with what a
/// single process finds.
package enum Trial: String, CaseIterable {
  /// Adds tensors of several lengths.
  case sums
  /// Passes bytes and tensors around.
  case transfers
  /// Collects gradients over two steps.
  case buckets
  /// Steps an optimizer that is divided over the processes.
  case shards
  /// Loses rank 1 to SIGKILL.
  case killed
  /// Waits for rank 1, which sleeps.
  case stalled

  /// - Parameters:
  ///   - group: The processes.
  ///   - say: Told of each line as soon as it is known.
  /// - Throws: What the group throws.
  package func callAsFunction(in group: any ProcessGroup, say: (String) throws -> Void) throws {
    switch self {
    case .sums: try sums(group, say)
    case .transfers: try transfers(group, say)
    case .buckets: try BucketTrial.run(group, say)
    case .shards: try ShardTrial.run(group, say)
    case .killed:
      try group.barrier()
      try say("met")
      if group.rank == 1 { kill(getpid(), SIGKILL) }
      try group.sum(trialTensor("lost", rank: group.rank, [1000])).wait()
      try say("summed")
    case .stalled:
      try group.barrier()
      try say("met")
      if group.rank == 1 { sleep(60) }
      try group.sum(trialTensor("lost", rank: group.rank, [1000])).wait()
      try say("summed")
    }
  }

  /// Lengths of the tensors that ``sums`` adds.
  package static let sumLengths = [1, 0, 1000, 1_500_001]

  private func sums(_ group: any ProcessGroup, _ say: (String) throws -> Void) throws {
    let tensors = try Self.sumLengths.map { try trialTensor("sum", rank: group.rank, [$0]) }
    // All are under way at the same time.
    let exchanges = try tensors.map { try group.sum($0) }
    for (tensor, exchange) in zip(tensors, exchanges) {
      try exchange.wait()
      try say(trialSum(of: tensor))
    }
  }

  private func transfers(_ group: any ProcessGroup, _ say: (String) throws -> Void) throws {
    let bytes = [UInt8](repeating: UInt8(group.rank), count: group.rank * 3)
    try say("\(group.gather(bytes))")
    for root in 0..<group.count {
      let tensor = try trialTensor("broadcast", rank: group.rank, [5, 3])
        .converted(to: .bfloat16)
      try group.broadcast(tensor, from: root)
      try say(trialSum(of: tensor))
    }
    // Round the ring, the tensor of rank 0.
    let tensor = try trialTensor("ring", rank: group.rank, [70_000])
    if group.rank > 0 { try group.receive(into: tensor, from: group.rank - 1) }
    if group.rank + 1 < group.count { try group.send(tensor, to: group.rank + 1) }
    try say(trialSum(of: tensor))
    try group.barrier()
  }
}

/// Normal numbers that only the name and the rank decide.
package func trialTensor(_ name: String, rank: Int, _ shape: [Int]) throws -> Tensor {
  try .normal(shape, generator: Generator(seed: hash(Array("\(name) \(rank)".utf8))))
}

/// Type, shape and a hash of the bytes.
package func trialSum(of tensor: Tensor) throws -> String {
  let hashed = try tensor.withUnsafeBytes { hash(Array($0)) }
  return "\(tensor.dtype) \(tensor.shape) \(String(hashed, radix: 16))"
}

/// FNV-1a.
private func hash(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
