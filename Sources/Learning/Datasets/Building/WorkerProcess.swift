import Glibc
import Shards

/// The program started once more to work on one file after the other, so that nothing that happens there happens here.
struct WorkerProcess {
  /// What became of an item.
  enum Ending {
    case done
    case exited(Int32)
    case signaled(Int32)
    case overdue
  }

  let process: pid_t
  /// Whether the item that it works on is its first: what was left of others cannot have hurt it.
  private(set) var isFresh = true
  /// Where items go in; the worker ends when this end closes, whatever closes it.
  private let requests: Int32
  private let answers: Int32
  private var deadline = ContinuousClock.now
  private let seconds: Int

  /// Starts a worker, which waits for its first item.
  ///
  /// - Parameters:
  ///   - command: The program and its arguments.
  ///   - seconds: How long an item may take.
  /// - Throws: ``DatasetError/cannotStart(_:)``.
  init(_ command: [String], seconds: Int) throws(DatasetError) {
    var input: [Int32] = [-1, -1]
    var output: [Int32] = [-1, -1]
    guard pipe(&input) == 0 else { throw .cannotStart(String(cString: strerror(errno))) }
    guard pipe(&output) == 0 else {
      let code = errno
      for end in input { close(end) }
      throw .cannotStart(String(cString: strerror(code)))
    }
    // Workers that are started later must not hold the ends of this one.
    for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(output[0], F_SETFL, O_NONBLOCK)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_adddup2(&actions, output[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words = command.map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    // Pictures that are let go are used again instead of being given back and cleared by the system.
    let variables =
      Self.environment + ["MALLOC_MMAP_THRESHOLD_=33554432", "MALLOC_TRIM_THRESHOLD_=1073741824"]
    let texts = variables.map { strdup($0) } + [nil]
    defer { texts.forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, command[0], &actions, nil, words, texts)
    close(input[0])
    close(output[1])
    guard code == 0 else {
      close(input[1])
      close(output[0])
      throw .cannotStart(String(cString: strerror(code)))
    }
    self.process = process
    requests = input[1]
    answers = output[0]
    self.seconds = seconds
  }

  private static var environment: [String] {
    var variables: [String] = []
    var place = environ
    while let entry = place.pointee {
      variables.append(String(cString: entry))
      place += 1
    }
    return variables
  }

  /// Gives the worker an item; one that has ended says so at the next ``poll()``.
  mutating func begin(_ item: WorkItem) throws {
    deadline = .now + .seconds(seconds)
    let bytes = try encodedJSON(item)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(requests, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// What became of the item; `nil` where it is worked on.
  ///
  /// After anything but ``Ending/done`` the worker is gone; one that takes too long is killed.
  mutating func poll() -> Ending? {
    var byte: UInt8 = 0
    if read(answers, &byte, 1) == 1 {
      isFresh = false
      return .done
    }
    var status: Int32 = 0
    var result = waitpid(process, &status, WNOHANG)
    if result == 0, ContinuousClock.now > deadline {
      kill(process, SIGKILL)
      repeat { result = waitpid(process, &status, 0) } while result < 0 && errno == EINTR
      closeEnds()
      return .overdue
    }
    guard result == process else { return nil }
    closeEnds()
    let signal = status & 0x7F
    if signal == SIGXCPU { return .overdue }
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signaled(signal)
  }

  /// Ends it at once.
  func end() {
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    closeEnds()
  }

  private func closeEnds() {
    close(requests)
    close(answers)
  }
}
