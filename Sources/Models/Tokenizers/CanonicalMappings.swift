/// Which scalars consist of which, and which compose again: the canonical mappings of Unicode 9.
///
/// Read from a table of a later version, which added few mappings and some hundred combining marks:
/// the reference knows none of them.
struct CanonicalMappings: Sendable {
  /// A scalar and what follows it.
  private struct Pair: Hashable {
    var first: Unicode.Scalar
    var second: Unicode.Scalar
  }

  /// Source: The Unicode Standard, "Conjoining Jamo Behavior".
  private enum Hangul {
    static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
    static let initials: Range<UInt32> = 0x1100..<0x1113
    static let vowels: Range<UInt32> = 0x1161..<0x1176
    static let finals: Range<UInt32> = 0x11A8..<0x11C3
    /// Syllables with the same initial and vowel: without a final, then each final.
    static let finalForms: UInt32 = 28
  }

  static let unicode9 = CanonicalMappings()

  private var decompositions: [Unicode.Scalar: [Unicode.Scalar]] = [:]
  private var compositions: [Pair: Unicode.Scalar] = [:]

  private init() {
    for entry in Self.table.utf8.split(separator: UInt8(ascii: " ")) {
      let isComposite = entry.contains(UInt8(ascii: "="))
      let scalars = entry.split { UInt8(ascii: "+") == $0 || (0x3C...0x3E).contains($0) }
        .compactMap { UInt32(String($0) ?? "", radix: 16).flatMap(Unicode.Scalar.init) }
      guard let scalar = scalars.first, scalar.isInUnicode9 else { continue }
      decompositions[scalar] = Array(scalars.dropFirst())
      if isComposite, scalars.count == 3 {
        compositions[Pair(first: scalars[1], second: scalars[2])] = scalar
      }
    }
  }

  /// Appends what `scalar` consists of, in the end itself.
  func decompose(_ scalar: Unicode.Scalar, into parts: inout [Unicode.Scalar]) {
    if Hangul.syllables.contains(scalar.value) {
      let (pair, final) = (scalar.value - Hangul.syllables.lowerBound)
        .quotientAndRemainder(dividingBy: Hangul.finalForms)
      let (initial, vowel) = pair.quotientAndRemainder(dividingBy: UInt32(Hangul.vowels.count))
      let values = [
        Hangul.initials.lowerBound + initial, Hangul.vowels.lowerBound + vowel,
        Hangul.finals.lowerBound - 1 + final,
      ]
      parts.append(contentsOf: values.prefix(final == 0 ? 2 : 3).compactMap(Unicode.Scalar.init))
    } else if let decomposition = decompositions[scalar] {
      for part in decomposition { decompose(part, into: &parts) }
    } else {
      parts.append(scalar)
    }
  }

  /// The scalar that two neighbours become, if they do.
  func composite(of first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
    if Hangul.initials.contains(first.value), Hangul.vowels.contains(second.value) {
      let pair =
        (first.value - Hangul.initials.lowerBound) * UInt32(Hangul.vowels.count)
        + (second.value - Hangul.vowels.lowerBound)
      return Unicode.Scalar(Hangul.syllables.lowerBound + pair * Hangul.finalForms)
    }
    if Hangul.syllables.contains(first.value), Hangul.finals.contains(second.value) {
      let isOpen = (first.value - Hangul.syllables.lowerBound) % Hangul.finalForms == 0
      return isOpen
        ? Unicode.Scalar(first.value + 1 + second.value - Hangul.finals.lowerBound) : nil
    }
    return compositions[Pair(first: first, second: second)]
  }
}

extension Unicode.Scalar {
  fileprivate var isInUnicode9: Bool { properties.age.map { $0.major <= 9 } ?? false }

  /// The canonical combining class in Unicode 9; not 0 for marks that sort among their like.
  var combiningClass: UInt8 {
    guard value >= 0x300, !(0x3100..<0xA000).contains(value) else { return 0 }
    let combiningClass = properties.canonicalCombiningClass.rawValue
    return combiningClass == 0 || isInUnicode9 ? combiningClass : 0
  }
}
