import AtomicFiles
import Glibc
import StrictJSON
import Synchronization

/// A clear end for a process whose mapped weights were cut off under it.
///
/// When a file becomes shorter while it is mapped, touching a page behind its new end raises SIGBUS
/// in whatever thread computes with it, inside libtorch too. No result can be saved then. After
/// ``install()`` such a fault writes one line that names the file to standard error, removes the
/// outputs in the making and ends the process with code 74. A SIGBUS of any other cause ends the
/// process as it would without the handler. Bytes changed in place raise no signal:
/// ``MappedFile/verifyUnchanged()`` tells of those.
package enum MappedFileFault {
  /// The exit code for failed input and output, `EX_IOERR` of `sysexits.h`.
  package static let exitCode: Int32 = 74

  /// Files known to the handler at one time; a fault in a further one ends by SIGBUS.
  private static let capacity = 256
  private static let messageLength = Int(PATH_MAX) + 128

  /// Fixed memory, since a signal handler may neither allocate nor wait for a lock.
  private struct Table: @unchecked Sendable {
    let begins = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: capacity)
    let ends = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: capacity)
    let messages = UnsafeMutablePointer<CChar>.allocate(capacity: capacity * messageLength)

    init() {
      for place in 0..<capacity {
        (begins + place).initialize(to: Atomic(0))
        (ends + place).initialize(to: Atomic(0))
      }
    }
  }

  private static let table = Table()

  /// Handles SIGBUS from now on, in the whole process.
  package static func install() {
    // The handler must not be the first to use what is initialized on first use.
    _ = table
    LiveTemporaries.prepare()
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = { _, information, _ in
      let address = information?.pointee._sifields._sigfault.si_addr
      MappedFileFault.handle(at: UInt(bitPattern: address))
    }
    action.sa_flags = SA_SIGINFO
    sigaction(SIGBUS, &action, nil)
  }

  private static func handle(at address: UInt) {
    for place in 0..<capacity {
      let begin = table.begins[place].load(ordering: .acquiring)
      guard begin > 1, address >= begin, address < table.ends[place].load(ordering: .relaxed)
      else { continue }
      let message = table.messages + place * messageLength
      _ = write(STDERR_FILENO, message, strlen(message))
      LiveTemporaries.removeAll()
      _exit(exitCode)
    }
    // Not ours: returning repeats the fault, which then has its usual effect.
    signal(SIGBUS, SIG_DFL)
  }

  /// Makes a mapping known; the result is for ``erase(_:)``.
  static func insert(_ bytes: UnsafeRawBufferPointer, path: String) -> Int? {
    let begin = UInt(bitPattern: bytes.baseAddress)
    let message =
      "\(oneLine(path, limit: Int(PATH_MAX))): the model file was truncated while in use\n"
    guard message.utf8.count < messageLength else { return nil }
    for place in 0..<capacity {
      // 1 is no address and marks a place that is being filled.
      let claim = table.begins[place].compareExchange(
        expected: 0, desired: 1, ordering: .acquiring)
      guard claim.exchanged else { continue }
      message.withCString { _ = strcpy(table.messages + place * messageLength, $0) }
      table.ends[place].store(begin + UInt(bytes.count), ordering: .relaxed)
      table.begins[place].store(begin, ordering: .releasing)
      return place
    }
    return nil
  }

  static func erase(_ place: Int?) {
    guard let place else { return }
    table.begins[place].store(0, ordering: .releasing)
  }
}
