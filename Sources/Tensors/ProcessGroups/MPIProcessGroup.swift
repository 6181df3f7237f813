import CProcessGroups
import Glibc
import Torch

/// Processes that exchange tensors on the CPU through MPI: Debian's Open MPI, or an MPICH and what is made of it.
///
/// Where a process ends without ``close()``, mpirun and srun end all others; a process that is stopped or cut off is found
/// out by patience.
package final class MPIProcessGroup: ProcessGroup {
  package let rank: Int
  package let count: Int
  private let patience: Duration

  /// MPI counts elements in 32 bits, so longer tensors go in pieces.
  private static let pieceByteCount = 1 << 30

  /// Joins the processes that the launcher started; once in the life of a process.
  ///
  /// Open MPI itself ends the process, with a text of its own, where it cannot reach the others.
  ///
  /// - Parameters:
  ///   - launch: What the launcher said.
  ///   - patience: How long an exchange may take.
  /// - Throws: ``ProcessGroupError``.
  package init(_ launch: Launch, patience: Duration) throws(ProcessGroupError) {
    guard cmpi_open(launch.libraries.joined(separator: " ")) == CMPI_OK else {
      throw .libraryUnavailable(
        name: launch.libraries.first ?? "MPI",
        remedy: "install the MPI of the launcher, such as Debian's package libopenmpi3",
        reason: String(cString: cmpi_last_error()))
    }
    var rank: Int32 = 0
    var count: Int32 = 0
    try Self.check(cmpi_start(&rank, &count), "joining the other processes")
    if let started = launch.count, started != Int(count) {
      throw .launcherMismatch(started: started, found: Int(count))
    }
    (self.rank, self.count, self.patience) = (Int(rank), Int(count), patience)
  }

  package func sum(_ tensor: Tensor) throws(ProcessGroupError) -> PendingExchange {
    try tensor.checkSummable()
    return try begin("sum", tensor) { memory, request in
      cmpi_sum_floats(
        memory.baseAddress?.assumingMemoryBound(to: Float.self), Int32(memory.count / 4), &request)
    }
  }

  package func beginBroadcast(
    _ tensor: Tensor, from root: Int
  ) throws(ProcessGroupError) -> PendingExchange {
    precondition((0..<count).contains(root), "no such rank")
    return try begin("broadcast", tensor) { memory, request in
      cmpi_broadcast_bytes(memory.baseAddress, Int32(memory.count), Int32(root), &request)
    }
  }

  package func send(_ tensor: Tensor, to other: Int) throws {
    precondition((0..<count).contains(other) && other != rank, "no such other rank")
    try begin("send", tensor) { memory, request in
      cmpi_send_bytes(memory.baseAddress, Int32(memory.count), Int32(other), &request)
    }.wait()
  }

  package func receive(into tensor: Tensor, from other: Int) throws {
    precondition((0..<count).contains(other) && other != rank, "no such other rank")
    try begin("receive", tensor) { memory, request in
      cmpi_receive_bytes(memory.baseAddress, Int32(memory.count), Int32(other), &request)
    }.wait()
  }

  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let limit = Self.pieceByteCount
    precondition(bytes.count <= limit, "more than a gigabyte")
    let sizes = try gatherEqual(withUnsafeBytes(of: Int64(bytes.count).littleEndian, Array.init))
      .map { size in
        size.enumerated().reduce(0) { $0 | Int(truncatingIfNeeded: $1.element) << (8 * $1.offset) }
      }
    guard let longest = sizes.max(), sizes.allSatisfy({ (0...limit).contains($0) }) else {
      throw ProcessGroupError.failed(operation: "gather", reason: "sizes of \(sizes) bytes")
    }
    guard longest > 0 else { return sizes.map { _ in [] } }
    let padded = bytes + Array(repeating: 0, count: longest - bytes.count)
    return try zip(gatherEqual(padded), sizes).map { Array($0.prefix($1)) }
  }

  /// As ``gather(_:)`` where all say the same number of bytes, at least 1.
  private func gatherEqual(_ bytes: [UInt8]) throws -> [[UInt8]] {
    let own = try Tensor(bytes, shape: [bytes.count])
    let all = try Tensor.uninitialized([count, bytes.count], dtype: .uint8)
    guard let source = own.memoryAddress, let target = all.memoryAddress else { return [] }
    var request: OpaquePointer?
    try Self.check(cmpi_gather_bytes(source, target, Int32(bytes.count), &request), "gather")
    try pending([request], "gather", keeping: [own, all]).wait()
    let values = try all.values(as: UInt8.self)
    return (0..<count).map { Array(values[$0 * bytes.count..<($0 + 1) * bytes.count]) }
  }

  package func barrier() throws {
    var request: OpaquePointer?
    try Self.check(cmpi_barrier(&request), "barrier")
    try pending([request], "barrier", keeping: []).wait()
  }

  package func close() throws { try Self.check(cmpi_end(), "leaving the other processes") }

  // MARK: Exchanges under way

  private func begin(
    _ operation: String, _ tensor: Tensor,
    piece: (UnsafeMutableRawBufferPointer, inout OpaquePointer?) -> CMPIStatus
  ) throws(ProcessGroupError) -> PendingExchange {
    guard let memory = try tensor.memory(for: operation, on: { $0 == .cpu }) else {
      return PendingExchange()
    }
    var requests: [OpaquePointer?] = []
    for start in stride(from: 0, to: memory.count, by: Self.pieceByteCount) {
      let end = min(start + Self.pieceByteCount, memory.count)
      var request: OpaquePointer?
      let status = piece(UnsafeMutableRawBufferPointer(rebasing: memory[start..<end]), &request)
      if status != CMPI_OK {
        // What has begun already goes on writing to the tensor, which dropping this keeps.
        _ = pending(requests, operation, keeping: [tensor])
        try Self.check(status, operation)
      }
      requests.append(request)
    }
    return pending(requests, operation, keeping: [tensor])
  }

  private func pending(
    _ requests: [OpaquePointer?], _ operation: String, keeping tensors: [Tensor]
  ) -> PendingExchange {
    PendingExchange { [patience] in
      for request in requests {
        if let request { try Self.wait(for: request, operation, patience: patience) }
      }
      withExtendedLifetime(tensors) {}
    }
  }

  private static func wait(
    for request: OpaquePointer, _ operation: String, patience: Duration
  ) throws(ProcessGroupError) {
    var watch = Watch(patience: patience)
    while true {
      var isDone = false
      let status = cmpi_test(request, &isDone)
      if isDone {
        defer { cmpi_release(request) }
        return try check(status, operation)
      }
      try watch.pause(operation)
    }
  }

  private static func check(
    _ status: CMPIStatus, _ operation: String
  ) throws(ProcessGroupError) {
    guard status != CMPI_OK else { return }
    let reason = String(cString: cmpi_last_error())
    throw status == CMPI_PEER_LOST
      ? .peerLost(operation: operation, reason: reason)
      : .failed(operation: operation, reason: reason)
  }
}
