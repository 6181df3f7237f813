import AtomicFiles
import Dispatch
import Glibc
import Synchronization

/// What SIGINT, SIGTERM and SIGHUP do: the first ends the command before its next step, the second at once.
///
/// Outputs in the making are removed either way. A step can be long, so the process ends two seconds after the first
/// signal in any case, or later where a command asked for more time to save its work.
enum Interruption {
  /// The signal that came, or 0.
  private static let received = Atomic<Int32>(0)
  private static let grace = Atomic<Int>(2)
  private static let task = Mutex<Task<Void, any Error>?>(nil)
  /// Serial, so that it has a thread of its own: on one core the global queue's only thread is held by the step at work.
  private static let queue = DispatchQueue(label: "interruption")
  /// Kept alive; written by ``install()`` alone, before any other thread runs.
  nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

  static func install() {
    LiveTemporaries.prepare()
    // Writing to a closed pipe then fails like any other write.
    signal(SIGPIPE, SIG_IGN)
    // So does writing beyond the limit for the size of a file.
    signal(SIGXFSZ, SIG_IGN)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let former = signal(number, SIG_IGN)
      // Programs under nohup live on without their terminal.
      if number == SIGHUP, isIgnored(former) { continue }
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { handle(number) }
      source.activate()
      sources.append(source)
    }
  }

  /// Gives the command at work more time after the first signal.
  static func allowSeconds(_ seconds: Int) { grace.store(seconds, ordering: .relaxed) }

  private static func isIgnored(_ handler: __sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func handle(_ number: Int32) {
    let first = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    guard first.exchanged else { exit() }
    task.withLock { $0?.cancel() }
    queue.asyncAfter(deadline: .now() + .seconds(grace.load(ordering: .relaxed))) {
      exit()
    }
  }

  /// Runs the body as a task that the signals cancel.
  static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let running = Task { try await body() }
    task.withLock { $0 = running }
    if received.load(ordering: .relaxed) != 0 { running.cancel() }
    try await running.value
  }

  /// Ends the process as interrupted: 128 and the number of the signal: 130 for SIGINT, 143 for SIGTERM.
  static func exit() -> Never {
    LiveTemporaries.removeAll()
    let number = received.load(ordering: .relaxed)
    _exit(128 + (number == 0 ? SIGINT : number))
  }
}
