import Glibc

/// How much of a file this process holds in memory through mappings.
package enum ResidentMemory {
  /// Bytes in memory of all mappings of the file at `path`, a multiple of the page size.
  package static func byteCount(ofMapped path: String) -> Int {
    var sum = 0
    var isOfFile = false
    // One line names each mapping, those after it tell its figures.
    for line in lines(of: "/proc/self/smaps") {
      let words = line.split(separator: " ")
      if words.first?.contains("-") == true {
        isOfFile = line.hasSuffix(path)
      } else if isOfFile, words.first == "Rss:", words.count > 1 {
        sum += (Int(words[1]) ?? 0) * 1024
      }
    }
    return sum
  }

  /// Foundation takes such a file for empty behind its first part.
  private static func lines(of path: String) -> [Substring] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var text: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&part, 1, part.count, file), count > 0 {
      text.append(contentsOf: part[..<count])
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n")
  }
}
