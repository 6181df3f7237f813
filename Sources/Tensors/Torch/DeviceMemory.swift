import CTorch

extension Tensor {
  /// The address of the first element, on whatever device, for libraries that read and write there by themselves.
  ///
  /// Good for as long as a tensor over this memory lives. What is written there is seen by all of them, so nobody may
  /// compute with them meanwhile. Nil where elements do not lie in row-major order or there are none.
  package var memoryAddress: UnsafeMutableRawPointer? { ctorch_memory(handle) }
}

/// A CUDA stream beside the one that tensors of this thread are computed on: what is put on it goes on at the same time.
package final class SideStream {
  private let handle: OpaquePointer

  /// - Parameter device: The index of the CUDA device.
  /// - Throws: ``TorchError`` where there is no such device.
  package init(ofDevice device: Int) throws(TorchError) {
    var result: OpaquePointer?
    try TorchError.check(ctorch_make_stream(Int32(clamping: device), &result), "a CUDA stream")
    guard let result else {
      throw .operatorFailed(name: "a CUDA stream", reason: "none came back")
    }
    handle = result
  }

  deinit { ctorch_release_stream(handle) }

  /// Has what the stream is given next begin once the computation so far is done, and makes its device the thread's
  /// current one, as libraries want it.
  ///
  /// - Returns: The `cudaStream_t`.
  package func fork() throws(TorchError) -> UnsafeMutableRawPointer? {
    var native: UnsafeMutableRawPointer?
    try TorchError.check(ctorch_fork_stream(handle, &native), "a CUDA stream")
    return native
  }

  /// Whether all that it was given is done.
  ///
  /// - Throws: ``TorchError`` where that failed.
  package func isIdle() throws(TorchError) -> Bool {
    var idle = false
    try TorchError.check(ctorch_stream_is_idle(handle, &idle), "a CUDA stream")
    return idle
  }

  /// Has computation from now on begin once all that the stream was given is done.
  package func join() throws(TorchError) {
    try TorchError.check(ctorch_join_stream(handle), "a CUDA stream")
  }
}
