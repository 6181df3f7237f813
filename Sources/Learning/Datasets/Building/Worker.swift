import Dispatch
import Glibc
import Shards
import Synchronization

/// What a process that `dataset build` started does: items come as lines of JSON on standard input, and each that is
/// done is answered by a byte on standard output.
package struct Worker: Sendable {
  /// What is answered for a finished item.
  static let answer = UInt8(ascii: ".")

  private let configuration: BuildConfiguration

  package init(_ configuration: BuildConfiguration) { self.configuration = configuration }

  /// Works until the process that started this one closes its end, then ends the program.
  ///
  /// - Throws: `OutputError` where results cannot be written, ``DatasetError/badRequest``.
  package func run() throws {
    limit(RLIMIT_AS, to: configuration.limits.mebibytes << 20)
    limit(RLIMIT_CORE, to: 0)
    let requests = Requests()
    while let line = requests.next() {
      guard let item = try? decodedJSON(WorkItem.self, from: line) else {
        throw DatasetError.badRequest
      }
      limit(RLIMIT_CPU, to: usedSeconds + configuration.limits.seconds * 4)
      try item.run(configuration)
      var answer = Self.answer
      while write(STDOUT_FILENO, &answer, 1) < 0, errno == EINTR {}
    }
  }

  /// Seconds of processor that were used so far, rounded up.
  private var usedSeconds: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1
  }

  /// Sets the limit that is enforced; the one up to which it may be raised again stays.
  private func limit(_ resource: __rlimit_resource, to value: Int) {
    var limits = rlimit()
    let resource = __rlimit_resource_t(resource.rawValue)
    guard getrlimit(resource, &limits) == 0 else { return }
    limits.rlim_cur = min(rlim_t(value), limits.rlim_max)
    setrlimit(resource, &limits)
  }
}

/// The lines of standard input, read by a thread of their own, so that the end of the other process ends this one in
/// the middle of an item too.
private final class Requests: Sendable {
  private let lines = Mutex<[[UInt8]]>([])
  private let arrived = DispatchSemaphore(value: 0)

  init() {
    DispatchQueue.global().async { self.read() }
  }

  /// Waits for a line.
  func next() -> [UInt8]? {
    arrived.wait()
    return lines.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  private func read() {
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { kill(getpid(), SIGKILL) }
      for byte in buffer[..<max(0, count)] {
        guard byte == UInt8(ascii: "\n") else {
          pending.append(byte)
          continue
        }
        lines.withLock { $0.append(pending) }
        pending = []
        arrived.signal()
      }
    }
  }
}
