/// The merges of byte-pair encoding: which pair of tokens becomes which token, and in what order.
struct MergeRules: Sendable {
  /// A pair of neighbouring tokens.
  struct Pair: Hashable, Sendable {
    var left: Int32
    var right: Int32
  }

  /// What becomes of a pair; a lower rank merges first.
  struct Rule: Sendable {
    var rank: Int32
    var merged: Int32
  }

  private var rules: [Pair: Rule] = [:]

  /// The pairs in the order of their ranks.
  var pairs: [Pair] {
    rules.sorted { $0.value.rank < $1.value.rank }.map(\.key)
  }

  subscript(_ left: Int32, _ right: Int32) -> Rule? {
    rules[Pair(left: left, right: right)]
  }

  init() {}

  /// Reads the lines of merges.txt, which may end in LF or CRLF and begin with a version line.
  ///
  /// - Throws: ``TokenizerError`` naming the line that is no merge of known tokens.
  init(
    lines text: [UInt8], vocabulary: Vocabulary, file: String
  ) throws(TokenizerError) {
    rules.reserveCapacity(vocabulary.count)
    let lineFeed = UInt8(ascii: "\n")
    var number = 0
    var start = 0
    let end = text.lastIndex { $0 != lineFeed && $0 != UInt8(ascii: "\r") }.map { $0 + 1 } ?? 0
    while start < end {
      number += 1
      let next = text[start...].firstIndex(of: lineFeed) ?? text.endIndex
      var line = text[start..<min(next, end)]
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      start = next + 1
      if number == 1, line.starts(with: "#version".utf8) { continue }
      try append(line, vocabulary: vocabulary, at: .line(number), file: file)
    }
  }

  /// Reads an array of merges, each written as `"a b"` or as `["a", "b"]`.
  init(reading reader: inout TokenizerJSON, vocabulary: Vocabulary) throws(TokenizerError) {
    rules.reserveCapacity(vocabulary.count)
    var line: [UInt8] = []
    try reader.forEachElement { (reader) throws(TokenizerError) in
      line.removeAll(keepingCapacity: true)
      let place = TokenizerError.Place.offset(reader.offset)
      if try reader.nextKind() == .array {
        try reader.forEachElement { (reader) throws(TokenizerError) in
          if !line.isEmpty { line.append(UInt8(ascii: " ")) }
          try reader.readText(into: &line)
        }
      } else {
        try reader.readText(into: &line)
      }
      try append(line[...], vocabulary: vocabulary, at: place, file: reader.file)
    }
  }

  private mutating func append(
    _ line: ArraySlice<UInt8>, vocabulary: Vocabulary, at place: TokenizerError.Place, file: String
  ) throws(TokenizerError) {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")) else {
      throw TokenizerError(.malformedMerge, at: place, in: file)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(line.count)
    let isLeftSpelled = ByteAlphabet.append(spelledBy: line[..<space], to: &bytes)
    let border = bytes.count
    guard isLeftSpelled, ByteAlphabet.append(spelledBy: line[(space + 1)...], to: &bytes),
      border > 0, border < bytes.count
    else { throw TokenizerError(.malformedMerge, at: place, in: file) }
    func id(of part: ArraySlice<UInt8>) throws(TokenizerError) -> Int32 {
      guard let id = vocabulary.id(of: part) else {
        throw TokenizerError(.unknownMergeToken(ByteAlphabet.spell(part)), at: place, in: file)
      }
      return Int32(truncatingIfNeeded: id)
    }
    let pair = Pair(left: try id(of: bytes[..<border]), right: try id(of: bytes[border...]))
    let rule = Rule(rank: Int32(truncatingIfNeeded: rules.count), merged: try id(of: bytes[...]))
    guard rules.updateValue(rule, forKey: pair) == nil else {
      throw TokenizerError(.duplicateMerge, at: place, in: file)
    }
  }
}
