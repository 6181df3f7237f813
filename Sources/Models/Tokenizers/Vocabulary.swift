/// The tokens of a byte-level vocabulary: bytes by id, and id by bytes.
struct Vocabulary: Sendable {
  /// All tokens' bytes, one behind the other in the order of the file.
  private var text: [UInt8] = []
  /// Where each id's bytes lie in `text`.
  private var spans: [Range<Int>] = []
  /// An open-addressing hash table of ids, -1 where free.
  private var slots: [Int32] = []
  /// The id of each single byte.
  private(set) var byteIDs: [Int32] = []

  var count: Int { spans.count }

  /// Reads an object of spelled tokens and their ids, such as vocab.json.
  ///
  /// - Throws: ``TokenizerError`` for a token or id that stands twice, a gap in the ids, a token
  ///   that spells no bytes, and a byte without a token.
  init(reading reader: inout TokenizerJSON) throws(TokenizerError) {
    var entries: [(span: Range<Int>, id: Int)] = []
    try reader.forEachMemberUnchecked { (reader, key) throws(TokenizerError) in
      let start = text.count
      guard ByteAlphabet.append(spelledBy: key[...], to: &text) else {
        throw TokenizerError(
          .notByteLevel, at: .entry(String(decoding: key, as: UTF8.self)), in: reader.file)
      }
      guard text.count > start else {
        throw TokenizerError(.emptyToken, at: .offset(reader.offset), in: reader.file)
      }
      entries.append((start..<text.count, try reader.readInteger()))
    }
    try place(entries, file: reader.file)
  }

  /// The vocabulary of the 256 single bytes, each with its own value as id.
  init(singleBytes file: String) throws(TokenizerError) {
    text = Array(0...255)
    try place((0..<256).map { (span: $0..<$0 + 1, id: $0) }, file: file)
  }

  private mutating func place(
    _ entries: [(span: Range<Int>, id: Int)], file: String
  ) throws(TokenizerError) {
    guard !entries.isEmpty else { throw TokenizerError(.emptyVocabulary, in: file) }
    spans = Array(repeating: 0..<0, count: entries.count)
    var slotCount = 512
    while slotCount < 2 * entries.count { slotCount *= 2 }
    slots = Array(repeating: -1, count: slotCount)
    for (span, id) in entries {
      let problem: TokenizerError.Problem
      let slot = slot(of: text[span])
      if slots[slot] >= 0 {
        problem = .duplicateToken
      } else if id < 0 || id >= entries.count {
        problem = .idOutOfRange(id, count: entries.count)
      } else if !spans[id].isEmpty {
        problem = .duplicateID(id)
      } else {
        spans[id] = span
        slots[slot] = Int32(truncatingIfNeeded: id)
        continue
      }
      throw TokenizerError(problem, at: .entry(ByteAlphabet.spell(text[span])), in: file)
    }
    for byte in UInt8.min...UInt8.max {
      guard let id = id(of: [byte]) else {
        throw TokenizerError(.missingByteToken(byte), in: file)
      }
      byteIDs.append(Int32(truncatingIfNeeded: id))
    }
  }

  /// The bytes of a token; none for an id that is not in the vocabulary.
  func bytes(of id: Int) -> ArraySlice<UInt8>? {
    spans.indices.contains(id) ? text[spans[id]] : nil
  }

  func id(of bytes: ArraySlice<UInt8>) -> Int? {
    let id = slots[slot(of: bytes)]
    return id < 0 ? nil : Int(id)
  }

  /// The bytes of the longest token.
  var longestTokenLength: Int { spans.reduce(0) { max($0, $1.count) } }

  /// The slot that holds the token of these bytes, or the free one where it would go.
  private func slot(of bytes: ArraySlice<UInt8>) -> Int {
    var hasher = Hasher()
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    var slot = hasher.finalize() & (slots.count - 1)
    while slots[slot] >= 0, text[spans[Int(slots[slot])]] != bytes {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }
}
