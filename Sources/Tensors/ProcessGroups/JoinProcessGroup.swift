import Torch

/// The group of the processes that a launcher started with this one, or this one alone.
///
/// A process that no launcher started never opens an MPI library.
///
/// - Parameters:
///   - environment: Of the process.
///   - device: Where the tensors are: MPI exchanges those on the CPU, NCCL those on CUDA devices.
///   - patience: How long an exchange may take before the other processes are held to be lost.
/// - Returns: The group; ``SingleProcess`` without a launcher or where it started one process.
/// - Throws: ``ProcessGroupError``, `TorchError`.
package func joinProcessGroup(
  environment: [String: String], device: Device = .cpu, patience: Duration = .seconds(1800)
) throws -> any ProcessGroup {
  guard let launch = try Launch(environment: environment), launch.count != 1 else {
    return SingleProcess()
  }
  let group = try MPIProcessGroup(launch, patience: patience)
  guard case .cuda(let index) = device else { return group }
  return try NCCLProcessGroup(over: group, deviceIndex: index, patience: patience)
}
