import Foundation
import Testing

/// The built program, which lies beside the test bundle.
struct Program {
  /// How a run ended and what it said.
  struct Outcome {
    /// Nil where a signal ended the run.
    let code: Int32?
    let signal: Int32?
    let output: [UInt8]
    let errors: String
    /// Whether the deadline passed and the run was killed.
    let isOverdue: Bool

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorLines: [Substring] { errors.split(separator: "\n") }
  }

  /// Well above what any run takes on a busy machine; it ends what hangs.
  static let deadline: Duration = .seconds(60)

  let path: String

  /// - Throws: Where no program lies beside the tests.
  init() throws {
    let places = ["/proc/self/exe"] + CommandLine.arguments
    let found = places.lazy.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath() }
      .map { $0.deletingLastPathComponent().appendingPathComponent("layered").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    path = try #require(found, "no program 'layered' beside \(places)")
  }

  /// Starts the program without waiting for it.
  ///
  /// - Parameters:
  ///   - arguments: Without the program's name.
  ///   - folder: The working folder, which also receives what the run says.
  ///   - shell: Commands that a shell runs before it becomes the program, such as `ulimit -n 16`.
  ///   - launcher: What starts the program in the shell's words, such as `mpirun -n 2`.
  ///   - redirection: Of the program in the shell's words, such as `>/dev/full`.
  ///   - environment: Nil: a small one with a single thread for each operator.
  /// - Returns: The run, which goes on.
  /// - Throws: Where no process can be started.
  func start(
    _ arguments: [String], in folder: String, shell: String = "true", launcher: String = "",
    redirection: String = "", environment: [String]? = nil
  ) throws -> Run {
    let name = "\(folder)/.run-\(UUID().uuidString)"
    // Descriptors of tests that run at the same time are not the program's.
    let closing = "for n in {3..99}; do eval \"exec $n>&-\"; done"
    let script =
      "cd \"$1\" && shift; \(closing); \(shell); exec \(launcher) \"$0\" \"$@\" \(redirection)"
    return try Run(
      ["/bin/bash", "-c", script, path, folder] + arguments, said: name,
      environment: environment ?? ["HOME=\(folder)", "PATH=/usr/bin:/bin", "OMP_NUM_THREADS=1"])
  }

  /// Runs the program to its end.
  func callAsFunction(
    _ arguments: [String], in folder: String, shell: String = "true", launcher: String = "",
    redirection: String = "", environment: [String]? = nil
  ) throws -> Outcome {
    try start(
      arguments, in: folder, shell: shell, launcher: launcher, redirection: redirection,
      environment: environment
    ).wait()
  }
}

/// A run of the program that may still go on.
final class Run {
  let process: pid_t
  private let said: String
  private var outcome: Program.Outcome?

  fileprivate init(
    _ arguments: [String], said: String, environment: [String]
  ) throws {
    self.said = said
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, said + ".out", O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, said + ".err", O_WRONLY | O_CREAT, 0o600)
    // Whatever the tests run under, the child has signals as from a terminal.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var process: pid_t = 0
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { (words + variables).forEach { free($0) } }
    let code = posix_spawn(&process, arguments[0], &actions, &attributes, words, variables)
    try #require(code == 0, "posix_spawn: \(String(cString: strerror(code)))")
    self.process = process
  }

  deinit {
    guard outcome == nil else { return }
    kill(process, SIGKILL)
    var status: Int32 = 0
    waitpid(process, &status, 0)
  }

  /// What it wrote to standard error so far.
  var errorsSoFar: String {
    String(
      decoding: (try? Data(contentsOf: URL(fileURLWithPath: said + ".err"))) ?? Data(),
      as: UTF8.self)
  }

  func send(_ signal: Int32) { kill(process, signal) }

  /// Waits until the condition holds; false where the run ended or the deadline passed before.
  func waits(until condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + Program.deadline
    while ContinuousClock.now < end {
      if try condition() { return true }
      if poll() { return false }
      usleep(5000)
    }
    return false
  }

  /// Waits for the end, and kills what does not end.
  func wait() throws -> Program.Outcome {
    let end = ContinuousClock.now + Program.deadline
    while !poll(), ContinuousClock.now < end { usleep(5000) }
    if outcome == nil {
      kill(process, SIGKILL)
      while !poll() { usleep(5000) }
      return try #require(outcome).overdue
    }
    return try #require(outcome)
  }

  /// Whether it has ended.
  private func poll() -> Bool {
    guard outcome == nil else { return true }
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return false }
    let signal = status & 0x7F
    outcome = Program.Outcome(
      code: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
      output: Array((try? Data(contentsOf: URL(fileURLWithPath: said + ".out"))) ?? Data()),
      errors: errorsSoFar, isOverdue: false)
    unlink(said + ".out")
    unlink(said + ".err")
    return true
  }
}

extension Program.Outcome {
  fileprivate var overdue: Self {
    Self(code: code, signal: signal, output: output, errors: errors, isOverdue: true)
  }
}
