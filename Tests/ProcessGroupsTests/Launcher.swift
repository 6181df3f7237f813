import Foundation
import ProcessGroupTesting
import Testing

/// An MPI's program that starts processes, as found on this machine.
struct Launcher: Sendable, CustomTestStringConvertible {
  let path: String
  private let options: [String]

  /// Well above what any trial takes on a busy machine; it ends what hangs.
  static let deadline: TimeInterval = 90

  /// Those of Debian's packages openmpi-bin and mpich that are installed.
  static let all = [
    Launcher(path: "/usr/bin/mpirun.openmpi", options: ["--allow-run-as-root", "--oversubscribe"]),
    Launcher(path: "/usr/bin/mpiexec.mpich", options: []),
  ].filter { FileManager.default.isExecutableFile(atPath: $0.path) }

  var testDescription: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// How a trial ended.
  struct Outcome {
    /// Of the launcher; nil where it did not end in time.
    let code: Int32?
    /// What each rank said.
    let lines: [[String]]
    let text: String
  }

  /// Runs a trial with several processes.
  ///
  /// - Parameters:
  ///   - trial: What each does.
  ///   - count: How many.
  ///   - folder: Empty; receives what they say.
  ///   - patience: In seconds.
  /// - Returns: How it ended.
  /// - Throws: Where the launcher cannot be started.
  func callAsFunction(
    _ trial: Trial, count: Int, in folder: String, patience: Int = 60
  ) throws -> Outcome {
    let program = try #require(Self.rankTrial, "no program RankTrial beside the tests")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments =
      options + ["-n", "\(count)", program, trial.rawValue, folder, "\(patience)"]
    process.environment = [
      "HOME": folder, "PATH": "/usr/bin:/bin", "TMPDIR": "/tmp", "OMP_NUM_THREADS": "1",
    ]
    let said = folder + "/said.txt"
    try Data().write(to: URL(fileURLWithPath: said))
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: said))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let end = Date() + Self.deadline
    while process.isRunning, Date() < end { usleep(10_000) }
    let isOverdue = process.isRunning
    if isOverdue { process.terminate() }
    process.waitUntilExit()
    return Outcome(
      code: isOverdue ? nil : process.terminationStatus,
      lines: (0..<count).map { rank in
        let text = try? String(contentsOfFile: "\(folder)/rank-\(rank).txt", encoding: .utf8)
        return text?.split(separator: "\n").map(String.init) ?? []
      }, text: (try? String(contentsOfFile: said, encoding: .utf8)) ?? "")
  }

  private static var rankTrial: String? {
    (["/proc/self/exe"] + CommandLine.arguments).lazy
      .map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
      .map { $0.deletingLastPathComponent().appendingPathComponent("RankTrial").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
