import Glibc
import Synchronization

/// The outputs in the making of this process, so that a signal handler can remove them.
package enum LiveTemporaries {
  /// How many are known to ``removeAll()``; further ones are left to the next run's cleaning.
  package static let capacity = 512
  /// Folders within folders of one output that ``removeAll()`` can remove.
  private static let maximumDepth = 8

  /// A slot's path is written and read only by whoever moved its state, so that the handler never
  /// sees half a path and never removes one that has already become an output.
  private enum SlotState {
    static let free: UInt8 = 0
    static let held: UInt8 = 1
    static let live: UInt8 = 2
    static let removed: UInt8 = 3
  }

  private struct Slots: @unchecked Sendable {
    let states = UnsafeMutablePointer<Atomic<UInt8>>.allocate(capacity: capacity)
    let paths = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * Int(PATH_MAX))

    init() {
      for place in 0..<capacity {
        (states + place).initialize(to: Atomic(SlotState.free))
      }
    }
  }

  private static let slots = Slots()
  private static let names = Mutex<Set<String>>([])

  /// Makes ``removeAll()`` safe to call from a signal handler; to be called before installing one.
  package static func prepare() {
    _ = slots
  }

  /// Removes every output in the making, files before the folders that hold them.
  ///
  /// After ``prepare()`` it makes system calls only, so a signal handler may call it right before
  /// `_exit`. The writers that lose their files fail when they next need them.
  package static func removeAll() {
    for place in 0..<capacity {
      let exchange = slots.states[place].compareExchange(
        expected: SlotState.live, desired: SlotState.removed, ordering: .acquiring)
      if exchange.exchanged { unlink(path(at: place)) }
    }
    // Each round frees the folders that held the ones of the round before.
    for _ in 0..<maximumDepth {
      for place in 0..<capacity
      where slots.states[place].load(ordering: .acquiring) == SlotState.removed {
        rmdir(path(at: place))
      }
    }
  }

  private static func path(at place: Int) -> UnsafeMutablePointer<CChar> {
    slots.paths + place * Int(PATH_MAX)
  }

  /// Enters a path before it is created.
  static func insert(_ path: String) -> Int? {
    names.withLock { _ = $0.insert(path) }
    guard path.utf8.count < Int(PATH_MAX) else { return nil }
    for place in 0..<capacity {
      let exchange = slots.states[place].compareExchange(
        expected: SlotState.free, desired: SlotState.held, ordering: .acquiring)
      guard exchange.exchanged else { continue }
      path.withCString { _ = strcpy(Self.path(at: place), $0) }
      slots.states[place].store(SlotState.live, ordering: .releasing)
      return place
    }
    return nil
  }

  /// Forgets a path that was removed or put in place.
  static func erase(_ path: String, slot: Int?) {
    names.withLock { _ = $0.remove(path) }
    guard let slot else { return }
    _ = slots.states[slot].compareExchange(
      expected: SlotState.live, desired: SlotState.free, ordering: .acquiringAndReleasing)
  }

  /// Whether this process works on that path.
  static func contains(_ path: String) -> Bool {
    names.withLock { $0.contains(path) }
  }
}
