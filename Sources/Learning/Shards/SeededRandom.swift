/// Random decisions about samples, each a function of a seed and of what is decided, so that no decision depends on how many
/// were made before it, by which process or on which machine, or whether the work was interrupted.
///
/// The numbers are those of SplitMix64. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// - Parameters:
  ///   - seed: Of the dataset or run.
  ///   - place: Numbers that tell apart decisions of one seed, such as purpose, epoch and sample.
  package init(seed: UInt64, at place: [Int]) {
    state = seed
    for number in place { state = next() ^ UInt64(bitPattern: Int64(number)) }
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// In 0..<1, a multiple of 2⁻⁵³.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in `0...limit`, each as likely as the others.
  mutating func integer(upTo limit: Int) -> Int {
    let count = UInt64(max(limit, 0)) + 1
    // Numbers above the last whole multiple would favour the small ones.
    let bound = UInt64.max - (UInt64.max % count + 1) % count
    while true {
      let number = next()
      if number <= bound { return Int(number % count) }
    }
  }
}
