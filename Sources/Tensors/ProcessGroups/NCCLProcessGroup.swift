import CProcessGroups
import Glibc
import Torch

/// Processes that exchange tensors on CUDA devices through NCCL, one device a process.
///
/// Tensors move on a stream beside the computation's, so that sums of gradients overlap with the backward pass. What is
/// said in bytes goes through another group, by which the processes also find one another.
///
/// Source: NVIDIA's documentation of NCCL 2, "NCCL API".
package final class NCCLProcessGroup: ProcessGroup {
  package var rank: Int { control.rank }
  package var count: Int { control.count }
  private let control: any ProcessGroup
  private let device: Device
  private let communicator: OpaquePointer
  private let stream: SideStream
  private let patience: Duration

  /// Joins the processes of another group; returns when all have.
  ///
  /// - Parameters:
  ///   - control: The same processes on the CPU.
  ///   - deviceIndex: Of this process's CUDA device, another for each process of a machine.
  ///   - patience: How long an exchange may take.
  /// - Throws: ``ProcessGroupError``, `TorchError`.
  package init(over control: any ProcessGroup, deviceIndex: Int, patience: Duration) throws {
    // First of all, so that a machine without NCCL is told of that.
    try Self.open()
    device = .cuda(deviceIndex)
    try device.prepare()
    self.control = control
    self.patience = patience
    stream = try SideStream(ofDevice: deviceIndex)
    // NCCL joins with the thread's current device.
    _ = try stream.fork()
    var identity = CNCCLIdentity()
    if control.rank == 0 { try Self.check(cnccl_make_identity(&identity), "NCCL") }
    let told = try control.gather(withUnsafeBytes(of: identity, Array.init))
    withUnsafeMutableBytes(of: &identity) { $0.copyBytes(from: told.first ?? []) }
    var found: OpaquePointer?
    try Self.check(
      cnccl_join(Int32(control.rank), Int32(control.count), &identity, &found),
      "joining the other processes")
    guard let found else {
      throw ProcessGroupError.failed(operation: "NCCL", reason: "no communicator came back")
    }
    communicator = found
  }

  /// Opens the library, without a device.
  ///
  /// - Throws: ``ProcessGroupError/libraryUnavailable(name:remedy:reason:)``.
  static func open() throws(ProcessGroupError) {
    guard cnccl_open("libnccl.so.2") == CNCCL_OK else {
      throw .libraryUnavailable(
        name: "libnccl.so.2",
        remedy: "install the wheel nvidia-nccl that torch names, or Debian's package libnccl2",
        reason: String(cString: cnccl_last_error()))
    }
  }

  package func sum(_ tensor: Tensor) throws -> PendingExchange {
    try tensor.checkSummable()
    return try begin("sum", tensor) { memory, stream in
      cnccl_sum_floats(
        communicator, memory.baseAddress?.assumingMemoryBound(to: Float.self),
        Int64(memory.count / 4), stream)
    }
  }

  package func beginBroadcast(_ tensor: Tensor, from root: Int) throws -> PendingExchange {
    try begin("broadcast", tensor) { memory, stream in
      cnccl_broadcast_bytes(
        communicator, memory.baseAddress, Int64(memory.count), Int32(root), stream)
    }
  }

  package func send(_ tensor: Tensor, to other: Int) throws {
    try begin("send", tensor) { memory, stream in
      cnccl_send_bytes(communicator, memory.baseAddress, Int64(memory.count), Int32(other), stream)
    }.wait()
  }

  package func receive(into tensor: Tensor, from other: Int) throws {
    try begin("receive", tensor) { memory, stream in
      cnccl_receive_bytes(
        communicator, memory.baseAddress, Int64(memory.count), Int32(other), stream)
    }.wait()
  }

  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try control.gather(bytes) }
  package func barrier() throws { try control.barrier() }

  package func close() throws {
    try Self.check(cnccl_leave(communicator), "leaving the other processes")
    try control.close()
  }

  private func begin(
    _ operation: String, _ tensor: Tensor,
    call: (UnsafeMutableRawBufferPointer, UnsafeMutableRawPointer?) -> CNCCLStatus
  ) throws -> PendingExchange {
    guard let memory = try tensor.memory(for: operation, on: { $0 == device }) else {
      return PendingExchange()
    }
    try Self.check(call(memory, stream.fork()), operation)
    return PendingExchange { [self] in
      // The host waits too: behind a lost process the device would wait for ever.
      var watch = Watch(patience: patience)
      do {
        while try !stream.isIdle() {
          try Self.check(cnccl_check(communicator), operation)
          try watch.pause(operation)
        }
        try Self.check(cnccl_check(communicator), operation)
      } catch {
        cnccl_abort(communicator)
        throw error
      }
      try stream.join()
      withExtendedLifetime(tensor) {}
    }
  }

  private static func check(
    _ status: CNCCLStatus, _ operation: String
  ) throws(ProcessGroupError) {
    guard status != CNCCL_OK else { return }
    let reason = String(cString: cnccl_last_error())
    throw status == CNCCL_PEER_LOST
      ? .peerLost(operation: operation, reason: reason)
      : .failed(operation: operation, reason: reason)
  }
}
