import Torch

/// Which process keeps the optimizer's numbers of which parameter.
///
/// Whole parameters, the largest first, each to the process that has the least so far. All processes find the same.
///
/// Source: Rajbhandari and others, "ZeRO" (arXiv 1910.02054), stage 1, here without cutting parameters apart, so that
/// every number is computed as by one process.
package struct ShardPlan: Hashable, Sendable {
  /// The rank of each parameter.
  package let owners: [Int]

  /// - Parameters:
  ///   - elementCounts: Of the parameters.
  ///   - rankCount: How many processes there are, at least 1.
  package init(elementCounts: [Int], rankCount: Int) {
    var loads = Array(repeating: 0, count: rankCount)
    var owners = Array(repeating: 0, count: elementCounts.count)
    let order = elementCounts.indices.sorted {
      (-elementCounts[$0], $0) < (-elementCounts[$1], $1)
    }
    for index in order {
      let lightest = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) } ?? 0
      owners[index] = lightest
      loads[lightest] += elementCounts[index]
    }
    self.owners = owners
  }

  /// Indices of the parameters of one process.
  package func indices(of rank: Int) -> [Int] { owners.indices.filter { owners[$0] == rank } }

  /// Brings numbers that each process has of its own parameters to rank 0, one parameter at a time, as for a checkpoint.
  ///
  /// Where `body` throws, the others' tensors are still received, so that the group stays usable.
  ///
  /// - Parameters:
  ///   - own: Float32, for each parameter of this process, in the order of the parameters.
  ///   - shapes: Of all parameters.
  ///   - group: The processes, all of which call this.
  ///   - body: Called at rank 0 for every parameter in order, with its index and a tensor on the group's device.
  /// - Throws: At rank 0 what `body` throws, elsewhere then ``ProcessGroupError/failed(operation:reason:)``.
  package func collect(
    _ own: [Tensor], shapes: [[Int]], over group: any ProcessGroup,
    _ body: (_ index: Int, _ tensor: Tensor) throws -> Void
  ) throws {
    precondition(own.count == indices(of: group.rank).count && shapes.count == owners.count)
    var rest = own[...]
    var failure: (any Error)?
    for (index, owner) in owners.enumerated() {
      let mine = owner == group.rank ? rest.removeFirst() : nil
      if group.rank == 0 {
        let tensor: Tensor
        if let mine {
          tensor = mine
        } else {
          tensor = try .uninitialized(shapes[index], device: own.first?.device ?? .cpu)
          try group.receive(into: tensor, from: owner)
        }
        guard failure == nil else { continue }
        do { try body(index, tensor) } catch { failure = error }
      } else if let mine {
        try group.send(mine.contiguous(), to: 0)
      }
    }
    let outcome = try group.gather(group.rank == 0 ? [failure == nil ? 0 : 1] : [])
    if let failure { throw failure }
    guard outcome.first == [0] else {
      throw ProcessGroupError.failed(
        operation: "collecting the optimizer's numbers", reason: "rank 0 could not go on")
    }
  }
}
