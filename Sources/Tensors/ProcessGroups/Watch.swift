import Glibc

/// Short pauses while an exchange goes on, until patience ends.
struct Watch {
  private let patience: Duration
  private let start = ContinuousClock.now
  private var pauseCount = 0

  /// So often the processor is only offered to others: the end is often near, and a sleep is long beside a small exchange.
  private static let yieldCount = 500

  init(patience: Duration) { self.patience = patience }

  /// - Throws: ``ProcessGroupError/peerLost(operation:reason:)`` where patience has ended.
  mutating func pause(_ operation: String) throws(ProcessGroupError) {
    pauseCount += 1
    if pauseCount < Self.yieldCount {
      sched_yield()
      return
    }
    usleep(50)
    if start.duration(to: .now) > patience {
      throw .peerLost(
        operation: operation, reason: "no answer for \(patience.components.seconds) s")
    }
  }
}
