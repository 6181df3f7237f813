/// Unicode normalisation form C as the reference's version of Unicode has it.
///
/// Written out because the standard library's takes time quadratic in the length of a run of
/// marks, and composes some scalars that the Unicode Standard keeps apart (U+10418 U+0308).
/// Source: The Unicode Standard, "Normalization Forms".
enum CanonicalComposition {
  /// - Parameter text: Valid UTF-8.
  /// - Returns: The text in normalisation form C.
  static func compose(_ text: ArraySlice<UInt8>) -> [UInt8] {
    // Nothing below U+0300 composes with what is below U+0300, nor decomposes in form C.
    guard text.contains(where: { $0 >= 0xCC }) else { return Array(text) }
    let mappings = CanonicalMappings.unicode9
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.count / 2)
    for scalar in String(decoding: text, as: UTF8.self).unicodeScalars {
      mappings.decompose(scalar, into: &scalars)
    }
    sortMarks(of: &scalars)
    compose(&scalars, by: mappings)
    var composed = String.UnicodeScalarView()
    composed.append(contentsOf: scalars)
    return Array(String(composed).utf8)
  }

  /// Sorts each run of marks by combining class; equals keep their order.
  private static func sortMarks(of scalars: inout [Unicode.Scalar]) {
    var index = 0
    while index < scalars.count {
      let start = index
      var isSorted = true
      var last: UInt8 = 0
      while index < scalars.count, case let next = scalars[index].combiningClass, next != 0 {
        isSorted = isSorted && last <= next
        last = next
        index += 1
      }
      if !isSorted {
        let marks = scalars[start..<index].enumerated().map {
          (combiningClass: $1.combiningClass, offset: $0, scalar: $1)
        }
        let sorted = marks.sorted {
          ($0.combiningClass, $0.offset) < ($1.combiningClass, $1.offset)
        }
        scalars.replaceSubrange(start..<index, with: sorted.map(\.scalar))
      }
      if index == start { index += 1 }
    }
  }

  /// Joins each scalar to the last one of class 0 before it, unless a mark of the same or a
  /// higher class stands between.
  private static func compose(
    _ scalars: inout [Unicode.Scalar], by mappings: CanonicalMappings
  ) {
    var base: Int?
    var lastClass: UInt8?
    var count = 0
    for index in scalars.indices {
      let scalar = scalars[index]
      let combiningClass = scalar.combiningClass
      if let base, lastClass.map({ $0 < combiningClass }) ?? true,
        let composite = mappings.composite(of: scalars[base], scalar)
      {
        scalars[base] = composite
        continue
      }
      if combiningClass == 0 {
        base = count
        lastClass = nil
      } else {
        lastClass = combiningClass
      }
      scalars[count] = scalar
      count += 1
    }
    scalars.removeLast(scalars.count - count)
  }
}
