/// What a launcher such as mpirun tells the processes that it starts, by their environment.
package struct Launch: Hashable, Sendable {
  /// This process's place among all.
  package let rank: Int

  /// How many processes were started; nil where the launcher leaves that to the library.
  package let count: Int?

  /// This process's place among those of its machine, by which it chooses its GPU.
  package let localRank: Int

  /// MPI libraries to try, that of the launcher's kind first.
  package var libraries: [String]

  private static let openMPI = ["libmpi.so.40", "libmpi.so"]
  private static let mpich = ["libmpi.so.12", "libmpich.so.12"]

  /// Reads what Open MPI's mpirun, PMIx (Slurm's `srun --mpi=pmix`, prterun), PMI (MPICH's mpiexec, Intel MPI,
  /// `srun --mpi=pmi2`) or Slurm set; nil where no launcher started the process.
  ///
  /// - Parameter environment: Of the process.
  /// - Throws: ``ProcessGroupError/malformedVariable(name:value:)``, ``ProcessGroupError/noRendezvous(processCount:)``.
  package init?(environment: [String: String]) throws(ProcessGroupError) {
    func number(_ name: String, in range: Range<Int>) throws(ProcessGroupError) -> Int? {
      guard let value = environment[name] else { return nil }
      guard let number = Int(value), range.contains(number) else {
        throw .malformedVariable(name: name, value: value)
      }
      return number
    }
    func localRank(_ names: String...) throws(ProcessGroupError) -> Int {
      for name in names {
        if let rank = try number(name, in: Self.ranks) { return rank }
      }
      return 0
    }
    if let count = try number("OMPI_COMM_WORLD_SIZE", in: Self.counts) {
      self.count = count
      rank = try number("OMPI_COMM_WORLD_RANK", in: 0..<count) ?? 0
      self.localRank = try localRank("OMPI_COMM_WORLD_LOCAL_RANK")
      libraries = Self.openMPI + Self.mpich
    } else if let rank = try number("PMI_RANK", in: Self.ranks) {
      self.rank = rank
      count = try number("PMI_SIZE", in: rank + 1..<Self.counts.upperBound)
      self.localRank = try localRank("MPI_LOCALRANKID", "SLURM_LOCALID")
      libraries = Self.mpich + Self.openMPI
    } else if let rank = try number("PMIX_RANK", in: Self.ranks) {
      self.rank = rank
      count = try number("SLURM_NTASKS", in: rank + 1..<Self.counts.upperBound)
      self.localRank = try localRank("SLURM_LOCALID")
      libraries = Self.openMPI + Self.mpich
    } else if let step = try number("SLURM_STEP_ID", in: 0..<1 << 32),
      let count = try number("SLURM_NTASKS", in: Self.counts), count > 1,
      step < Self.firstSpecialStep
    {
      // Each would train by itself and all would write to one place.
      throw .noRendezvous(processCount: count)
    } else {
      return nil
    }
  }

  private static let ranks = 0..<1 << 24
  private static let counts = 1..<1 << 24

  /// Numbers from here on are the batch script itself, an interactive shell and the like (slurm.h, SLURM_MAX_NORMAL_STEP_ID).
  private static let firstSpecialStep = 0xFFFF_FFF0
}
