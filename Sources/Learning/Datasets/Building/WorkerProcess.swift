import Glibc

/// The program started once more for one file, so that nothing that happens there happens here.
struct WorkerProcess {
  /// How a worker ended.
  enum Ending {
    case exited(Int32)
    case signaled(Int32)
    case overdue
  }

  let process: pid_t
  /// The worker ends when this end of its standard input closes, whatever closes it.
  private let tether: Int32
  private let deadline: ContinuousClock.Instant

  /// Starts a worker.
  ///
  /// - Parameters:
  ///   - command: The program and its arguments.
  ///   - seconds: How long it may take.
  /// - Throws: ``DatasetError/cannotStart(_:)``.
  init(_ command: [String], seconds: Int) throws(DatasetError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .cannotStart(String(cString: strerror(errno))) }
    // Workers that are started later must not hold the other ends.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words = command.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, command[0], &actions, nil, words, environ)
    close(ends[0])
    guard code == 0 else {
      close(ends[1])
      throw .cannotStart(String(cString: strerror(code)))
    }
    self.process = process
    tether = ends[1]
    deadline = .now + .seconds(seconds)
  }

  /// How it ended; `nil` where it goes on.
  ///
  /// One that goes on too long is killed.
  func poll() -> Ending? {
    var status: Int32 = 0
    var result = waitpid(process, &status, WNOHANG)
    if result == 0, ContinuousClock.now > deadline {
      kill(process, SIGKILL)
      repeat { result = waitpid(process, &status, 0) } while result < 0 && errno == EINTR
      close(tether)
      return .overdue
    }
    guard result == process else { return nil }
    close(tether)
    let signal = status & 0x7F
    if signal == SIGXCPU { return .overdue }
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
  }

  /// Ends it at once.
  func end() {
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    close(tether)
  }
}
