import Torch

/// Processes that were started together and train together, each with a share of the data.
///
/// Every process calls the same functions in the same order; what one begins, all begin. After an error a group is of no
/// more use: the process should end without ``close()``, upon which the launcher ends the others.
package protocol ProcessGroup: AnyObject {
  /// This process's place, `0..<count`.
  var rank: Int { get }

  /// How many processes there are.
  var count: Int { get }

  /// Begins to add a tensor over all processes, in place. All get the same bits.
  ///
  /// - Parameter tensor: Contiguous, float32, of the same shape everywhere, on the group's device. Nobody may read or write
  ///   it before ``PendingExchange/wait()`` returned.
  /// - Returns: The sum on its way.
  /// - Throws: ``ProcessGroupError``.
  func sum(_ tensor: Tensor) throws -> PendingExchange

  /// Begins to overwrite a tensor with that of one process.
  ///
  /// - Parameters:
  ///   - tensor: Contiguous, of the same shape and type everywhere, on the group's device.
  ///   - rank: Whose numbers all get.
  /// - Returns: The numbers on their way.
  /// - Throws: ``ProcessGroupError``.
  func beginBroadcast(_ tensor: Tensor, from rank: Int) throws -> PendingExchange

  /// Sends a tensor to one process, which receives it at the same time.
  ///
  /// - Parameters:
  ///   - tensor: Contiguous, on the group's device.
  ///   - rank: Of the receiver, not this one.
  /// - Throws: ``ProcessGroupError``.
  func send(_ tensor: Tensor, to rank: Int) throws

  /// Overwrites a tensor with the one that another process sends.
  ///
  /// - Parameters:
  ///   - tensor: Contiguous, of the shape and type of the sender's, on the group's device.
  ///   - rank: Of the sender, not this one.
  /// - Throws: ``ProcessGroupError``.
  func receive(into tensor: Tensor, from rank: Int) throws

  /// Tells every process what each of them says.
  ///
  /// - Parameter bytes: Of any number, at most a gigabyte.
  /// - Returns: What all said, in the order of ranks.
  /// - Throws: ``ProcessGroupError``.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Returns when all processes have come here.
  ///
  /// - Throws: ``ProcessGroupError``.
  func barrier() throws

  /// Leaves the group, once all its work is done; the last call.
  ///
  /// - Throws: ``ProcessGroupError``.
  func close() throws
}

extension ProcessGroup {
  /// Overwrites a tensor with that of one process.
  ///
  /// - Parameters:
  ///   - tensor: Contiguous, of the same shape and type everywhere, on the group's device.
  ///   - rank: Whose numbers all get.
  /// - Throws: ``ProcessGroupError``.
  package func broadcast(_ tensor: Tensor, from rank: Int) throws {
    try beginBroadcast(tensor, from: rank).wait()
  }
}

/// An exchange of tensors that goes on by itself.
///
/// Keeps the tensor alive. Where it is dropped before its end, as behind an error, the memory is kept for good, because
/// the library may still write there.
package final class PendingExchange {
  private var finish: (() throws -> Void)?

  /// - Parameter finish: Waits for the end; nil where that has come already.
  init(_ finish: (() throws -> Void)? = nil) { self.finish = finish }

  deinit {
    if let finish { _ = Unmanaged.passRetained(Kept(finish)) }
  }

  /// Returns when the tensor holds the result.
  ///
  /// - Throws: ``ProcessGroupError``, such as `.peerLost`.
  package func wait() throws {
    guard let finish else { return }
    try finish()
    self.finish = nil
  }

  private final class Kept {
    let body: () throws -> Void
    init(_ body: @escaping () throws -> Void) { self.body = body }
  }
}
