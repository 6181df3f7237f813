/// Splits text into the words that byte-pair encoding works on.
///
/// Does by hand what this pattern does, whose leftmost alternative wins:
/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*`
/// `|\s*[\r\n]+|\s+(?!\S)|\s+`. Every scalar belongs to some word. Source: Qwen2's tokenizer.
struct WordScanner: Sequence, IteratorProtocol {
  /// What the pattern tells apart.
  private enum Kind {
    case letter
    case number
    case lineBreak
    case space
    case otherSpace
    case other

    var isWhitespace: Bool { self == .space || self == .otherSpace || self == .lineBreak }
  }

  private let text: [UInt8]
  private var position = 0

  /// - Parameter text: Valid UTF-8.
  init(_ text: [UInt8]) {
    self.text = text
  }

  /// The next word as a range of bytes.
  mutating func next() -> Range<Int>? {
    guard let (kind, afterFirst) = scalar(at: position) else { return nil }
    let start = position
    position = end(ofWordFrom: start, kind, afterFirst)
    return start..<position
  }

  private func end(ofWordFrom start: Int, _ kind: Kind, _ afterFirst: Int) -> Int {
    switch kind {
    case .letter: return end(of: .letter, from: afterFirst)
    case .number: return afterFirst
    case .other:
      if let end = endOfContraction(from: start) { return end }
    case .lineBreak, .space, .otherSpace: break
    }
    let second = scalar(at: afterFirst)
    if kind != .lineBreak, let second, second.kind == .letter {
      return end(of: .letter, from: second.end)
    }
    if kind == .other { return endOfOthers(from: afterFirst) }
    if kind == .space, let second, second.kind == .other { return endOfOthers(from: second.end) }
    return endOfWhitespace(from: start)
  }

  /// The end of a run of punctuation and the line breaks behind it.
  private func endOfOthers(from start: Int) -> Int {
    end(of: .lineBreak, from: end(of: .other, from: start))
  }

  /// A run of white space ends behind its last line break; without one, its last blank goes to
  /// the word that follows.
  private func endOfWhitespace(from start: Int) -> Int {
    var end = start
    var last = start
    var afterLineBreak: Int?
    while let next = scalar(at: end), next.kind.isWhitespace {
      last = end
      end = next.end
      if next.kind == .lineBreak { afterLineBreak = end }
    }
    if let afterLineBreak { return afterLineBreak }
    return end == text.count || last == start ? end : last
  }

  private func end(of kind: Kind, from start: Int) -> Int {
    var end = start
    while let next = scalar(at: end), next.kind == kind { end = next.end }
    return end
  }

  /// The end of an English contraction such as `'s` or `'LL`, if one begins here.
  private func endOfContraction(from start: Int) -> Int? {
    guard text[start] == UInt8(ascii: "'"), start + 1 < text.count else { return nil }
    func lowercased(_ index: Int) -> UInt8 { index < text.count ? text[index] | 0x20 : 0 }
    switch (lowercased(start + 1), lowercased(start + 2)) {
    case (UInt8(ascii: "s"), _), (UInt8(ascii: "t"), _), (UInt8(ascii: "m"), _),
      (UInt8(ascii: "d"), _):
      return start + 2
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default:
      // U+017F, the long s, is an s when case does not count.
      return text[start + 1] == 0xC5 && start + 2 < text.count && text[start + 2] == 0xBF
        ? start + 3 : nil
    }
  }

  /// The kind of the scalar at `index` and where the next one begins; nil at the end.
  private func scalar(at index: Int) -> (kind: Kind, end: Int)? {
    guard index < text.count else { return nil }
    let first = text[index]
    switch first {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return (.letter, index + 1)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return (.number, index + 1)
    case UInt8(ascii: "\r"), UInt8(ascii: "\n"): return (.lineBreak, index + 1)
    case UInt8(ascii: " "): return (.space, index + 1)
    case 0x09, 0x0B, 0x0C: return (.otherSpace, index + 1)
    case 0..<0x80: return (.other, index + 1)
    default: break
    }
    let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard index + length <= text.count else { return (.other, text.count) }
    var value = UInt32(first) & (0x7F >> UInt32(length))
    for byte in text[index + 1..<index + length] { value = value << 6 | UInt32(byte & 0x3F) }
    return (Self.kind(of: value), index + length)
  }

  private static func kind(of value: UInt32) -> Kind {
    guard let scalar = Unicode.Scalar(value) else { return .other }
    let kind: Kind =
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        .letter
      case .decimalNumber, .letterNumber, .otherNumber: .number
      default: scalar.properties.isWhitespace ? .otherSpace : .other
      }
    // The reference knows Unicode 16; to it, what came later is not assigned.
    if kind != .other, let age = scalar.properties.age, age.major > 16 { return .other }
    return kind
  }
}
