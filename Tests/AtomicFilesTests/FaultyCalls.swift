import AtomicFiles
import Glibc
import Synchronization

/// Counts the calls that change what is on disk, and lets `strike` act before each.
final class CallCounter: Sendable {
  private let count = Mutex(0)

  /// How many calls there were.
  var total: Int { count.withLock { $0 } }

  /// The system's calls, each preceded by `strike` with its number; its result, where there is one,
  /// is the `errno` to fail with instead.
  func calls(strike: @escaping @Sendable (Int) -> Int32?) -> FileSystemCalls {
    let real = FileSystemCalls()
    let fails: @Sendable () -> Bool = {
      let number = self.count.withLock { count in
        count += 1
        return count - 1
      }
      guard let code = strike(number) else { return false }
      errno = code
      return true
    }
    var calls = FileSystemCalls()
    calls.create = { fails() ? -1 : real.create($0, $1) }
    calls.makeFolder = { fails() ? -1 : real.makeFolder($0) }
    calls.write = { fails() ? -1 : real.write($0, $1, $2) }
    calls.synchronize = { fails() ? -1 : real.synchronize($0) }
    // A close that reports an error has closed all the same.
    calls.close = { descriptor in
      let result = real.close(descriptor)
      return fails() ? -1 : result
    }
    calls.rename = { fails() ? -1 : real.rename($0, $1) }
    calls.link = { fails() ? -1 : real.link($0, $1) }
    return calls
  }

  /// Calls of which the one with that number fails.
  static func failing(at number: Int, with code: Int32) -> FileSystemCalls {
    CallCounter().calls { $0 == number ? code : nil }
  }
}
