import AtomicFiles
import Glibc

/// The three streams that every process begins with.
enum StandardStreams {
  /// Gives those that are closed a place, so that no file opened later takes their number and their bytes.
  static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// - Returns: 0, or the `errno` of the write that failed.
  fileprivate static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(
          descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 ? errno : EIO }
        written += count
      }
      return 0
    }
  }
}

/// Standard error, unbuffered.
enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  static func write(_ text: String) {
    // Where nobody reads it there is nothing left to say it to.
    _ = StandardStreams.write(text, to: STDERR_FILENO)
  }
}

/// Standard output, unbuffered.
enum StandardOutput {
  /// - Throws: `OutputError` where the text could not be written; a reader that has gone is no error.
  static func write(_ text: String) throws(OutputError) {
    let code = StandardStreams.write(text, to: STDOUT_FILENO)
    guard code == 0 || code == EPIPE else {
      throw OutputError(
        .inputOutput(operation: "write", errno: code, bytesNeeded: text.utf8.count),
        at: "standard output")
    }
  }
}
