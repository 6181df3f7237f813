import OneLine

/// What can go wrong between processes.
package enum ProcessGroupError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A launcher's variable that holds nothing a launcher sets.
  case malformedVariable(name: String, value: String)
  /// Slurm started several processes without the plugin by which they find one another.
  case noRendezvous(processCount: Int)
  /// The library by which processes talk is not there or not usable.
  case libraryUnavailable(name: String, remedy: String, reason: String)
  /// The library sees other processes than the launcher started.
  case launcherMismatch(started: Int, found: Int)
  /// Another process ended or no longer answers. The run can go on from its last checkpoint.
  case peerLost(operation: String, reason: String)
  /// An exchange failed.
  case failed(operation: String, reason: String)
  /// A tensor that cannot be exchanged.
  case unsuitableTensor(operation: String, reason: String)

  package var description: String {
    switch self {
    case .malformedVariable(let name, let value):
      "\(name) is '\(onOneLine(value))', which no launcher sets"
    case .noRendezvous(let count):
      "srun started \(count) processes that cannot find one another: start them with "
        + "'srun --mpi=pmix', or through mpirun"
    case .libraryUnavailable(let name, let remedy, let reason):
      "\(name) cannot be used: \(remedy) (\(onOneLine(reason)))"
    case .launcherMismatch(let started, let found):
      "the launcher started \(started) processes, but MPI found \(found): launcher and MPI library "
        + "are of different kinds"
    case .peerLost(let operation, let reason):
      "lost another process in \(operation): \(onOneLine(reason))"
    case .failed(let operation, let reason): "\(operation) failed: \(onOneLine(reason))"
    case .unsuitableTensor(let operation, let reason): "\(operation): \(reason)"
    }
  }
}
