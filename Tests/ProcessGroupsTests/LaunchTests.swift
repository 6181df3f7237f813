import ProcessGroups
import Testing

private struct LaunchCase {
  let environment: [String: String]
  let rank: Int
  let count: Int?
  let localRank: Int
}

private let launchCases: [LaunchCase] = [
  LaunchCase(
    environment: [
      "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_LOCAL_RANK": "1",
    ], rank: 3, count: 4, localRank: 1),
  LaunchCase(
    environment: ["PMI_RANK": "1", "PMI_SIZE": "2"], rank: 1, count: 2, localRank: 0),
  LaunchCase(
    environment: ["PMI_RANK": "5", "PMI_SIZE": "8", "MPI_LOCALRANKID": "2"], rank: 5, count: 8,
    localRank: 2),
  LaunchCase(
    environment: [
      "PMIX_RANK": "6", "SLURM_NTASKS": "16", "SLURM_LOCALID": "2", "SLURM_STEP_ID": "0",
    ], rank: 6, count: 16, localRank: 2),
  LaunchCase(environment: ["PMIX_RANK": "0"], rank: 0, count: nil, localRank: 0),
  // mpirun in an allocation of Slurm's says more than Slurm.
  LaunchCase(
    environment: [
      "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", "PMIX_RANK": "0",
      "SLURM_NTASKS": "9",
    ], rank: 0, count: 2, localRank: 0),
]

@Suite struct LaunchTests {
  @Test func launchersAreKnownByTheirVariables() throws {
    for expected in launchCases {
      let launch = try #require(try Launch(environment: expected.environment))
      #expect(launch.rank == expected.rank)
      #expect(launch.count == expected.count)
      #expect(launch.localRank == expected.localRank)
    }
  }

  @Test(
    arguments: [
      [:], ["PATH": "/bin", "MPI_HOME": "/opt/mpi"],
      // The script of a batch job and an interactive shell are no step of several processes.
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "8"],
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "8", "SLURM_STEP_ID": "4294967290"],
      ["SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_ID": "0"],
    ] as [[String: String]]) func processOfNoLauncherIsAlone(environment: [String: String]) throws
  {
    #expect(try Launch(environment: environment) == nil)
    #expect(try joinProcessGroup(environment: environment) is SingleProcess)
  }

  @Test func launcherOfOneProcessNeedsNoLibrary() throws {
    let group = try joinProcessGroup(
      environment: ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"])
    #expect(group is SingleProcess)
  }

  @Test(
    arguments: [
      (["OMPI_COMM_WORLD_SIZE": "two"], "OMPI_COMM_WORLD_SIZE", "two"),
      (["OMPI_COMM_WORLD_SIZE": "0"], "OMPI_COMM_WORLD_SIZE", "0"),
      (["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "2"], "OMPI_COMM_WORLD_RANK", "2"),
      (["PMI_RANK": "-1"], "PMI_RANK", "-1"),
      (["PMI_RANK": "3", "PMI_SIZE": "3"], "PMI_SIZE", "3"),
      (["PMIX_RANK": "99999999999999999999"], "PMIX_RANK", "99999999999999999999"),
    ] as [([String: String], String, String)]) func oddVariableIsNamed(
      environment: [String: String], name: String, value: String
    )
  {
    #expect(throws: ProcessGroupError.malformedVariable(name: name, value: value)) {
      try Launch(environment: environment)
    }
  }

  @Test func stepWithoutRendezvousIsRefused() {
    // Each of its processes would take itself for the only one.
    #expect(throws: ProcessGroupError.noRendezvous(processCount: 4)) {
      try joinProcessGroup(
        environment: ["SLURM_STEP_ID": "0", "SLURM_NTASKS": "4", "SLURM_PROCID": "2"])
    }
  }

  @Test func missingLibraryNamesThePackage() throws {
    var launch = try #require(
      try Launch(environment: ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"]))
    launch.libraries = ["libmpi-of-nobody.so.1"]
    let error = #expect(throws: ProcessGroupError.self) {
      try MPIProcessGroup(launch, patience: .seconds(1))
    }
    let text = try #require(error).description
    #expect(text.hasPrefix("libmpi-of-nobody.so.1 cannot be used: install"))
    #expect(text.contains("libopenmpi3") && !text.contains("\n"))
  }

  @Test func libraryThatIsNoMPIIsRefused() throws {
    var launch = try #require(try Launch(environment: ["PMI_RANK": "0", "PMI_SIZE": "2"]))
    launch.libraries = ["libc.so.6"]
    let error = #expect(throws: ProcessGroupError.self) {
      try MPIProcessGroup(launch, patience: .seconds(1))
    }
    #expect(try #require(error).description.contains("it has no MPI_Init_thread"))
  }
}
