import Glibc

/// The most main memory that this process held, as Linux counts it.
///
/// Pages of mapped files count from their first touch until they are given back.
/// Source: `proc(5)`, `/proc/self/clear_refs` and "VmHWM" in `/proc/self/status`.
package enum PeakMemory {
  /// Begins to count anew from what is held now.
  package static func reset() {
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    // 5 resets the peak alone. Where it is refused the peak counts from the start of the process.
    _ = write(file, "5", 1)
  }

  /// The peak since the last reset in bytes; 0 where the system does not tell.
  package static var byteCount: Int {
    guard let file = fopen("/proc/self/status", "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let words = line.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        .split(whereSeparator: \.isWhitespace)
      if words.first == "VmHWM:", words.count > 1 { return (Int(words[1]) ?? 0) * 1024 }
    }
    return 0
  }
}
