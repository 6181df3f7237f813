extension [SourceRecord] {
  /// Drops files whose bytes came before; the records are in the order of their paths.
  mutating func dropRepeatedFiles() {
    var first: [String: String] = [:]
    for index in indices where !self[index].sha256.isEmpty {
      if let path = first[self[index].sha256] {
        self[index].drop(FileDrop(.duplicateFile, "the same as \(path)"))
      } else {
        first[self[index].sha256] = self[index].path
      }
    }
  }

  /// Drops samples whose picture came before; the records are in the order of their paths.
  mutating func dropRepeatedPictures() {
    var first: [String: String] = [:]
    for index in indices {
      guard let hash = self[index].pixelHash,
        self[index].outcome == .kept || self[index].reason == .duplicatePixels
      else { continue }
      if let path = first[hash] {
        self[index].drop(FileDrop(.duplicatePixels, "the same picture as \(path)"))
      } else {
        first[hash] = self[index].path
      }
    }
  }
}
