import Torch

/// A process on its own: every sum is the tensor itself.
package final class SingleProcess: ProcessGroup {
  package let rank = 0
  package let count = 1

  package init() {}

  package func sum(_ tensor: Tensor) throws(ProcessGroupError) -> PendingExchange {
    try tensor.checkSummable()
    return PendingExchange()
  }

  package func beginBroadcast(
    _ tensor: Tensor, from rank: Int
  ) throws(ProcessGroupError) -> PendingExchange {
    precondition(rank == 0, "no such rank")
    return PendingExchange()
  }

  package func send(_ tensor: Tensor, to rank: Int) throws {
    preconditionFailure("there is no other process")
  }

  package func receive(into tensor: Tensor, from rank: Int) throws {
    preconditionFailure("there is no other process")
  }

  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  package func barrier() {}
  package func close() {}
}

extension Tensor {
  /// - Throws: Where the tensor is none that groups add.
  func checkSummable() throws(ProcessGroupError) {
    guard dtype == .float32, isContiguous else {
      throw .unsuitableTensor(
        operation: "sum", reason: "a contiguous float32 tensor is wanted, this is \(dtype)")
    }
  }

  /// The memory of a tensor that an exchange reads or writes, nil where it has no elements.
  func memory(
    for operation: String, on device: (Device) -> Bool
  ) throws(ProcessGroupError) -> UnsafeMutableRawBufferPointer? {
    guard device(self.device) else {
      throw .unsuitableTensor(
        operation: operation, reason: "a tensor on '\(self.device)', which is not the group's")
    }
    guard isContiguous else {
      throw .unsuitableTensor(operation: operation, reason: "the tensor is not contiguous")
    }
    return memoryAddress.map {
      UnsafeMutableRawBufferPointer(start: $0, count: elementCount * dtype.byteCount)
    }
  }
}
