import Glibc
import RegularFiles

/// The licences that a copyright file of Debian gives for names and patterns; the last that fits counts.
///
/// Source: "Machine-readable debian/copyright file", version 1.0.
struct CopyrightFile {
  private var rules: [(pattern: String, licence: String)] = []

  /// Reads a file; one that cannot be read has no rules.
  init(_ path: String) {
    guard let bytes = try? RegularFile.contents(path: path, limit: 4 << 20) else { return }
    var patterns: [String] = []
    var isInFiles = false
    for line in String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("Files:") {
        patterns = line.dropFirst(6).split(separator: " ").map(String.init)
        isInFiles = true
      } else if isInFiles, line.hasPrefix(" ") {
        patterns += line.split(separator: " ").map(String.init)
      } else if line.hasPrefix("License:") {
        let licence = line.dropFirst(8).split(separator: " ").joined(separator: " ")
        rules += patterns.map { ($0, licence) }
        patterns = []
        isInFiles = false
      } else {
        isInFiles = false
      }
    }
  }

  /// The licence of a file; `nil` where nothing is said.
  func licence(of name: String) -> String? {
    rules.last { fnmatch($0.pattern, name, 0) == 0 }?.licence
  }
}
