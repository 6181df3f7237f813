import Glibc

/// Random decisions of a run, each a function of the seed and of what is decided, so that no decision depends on how many
/// were made before it, by which process, or whether the run was interrupted.
///
/// The numbers are those of SplitMix64. Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators".
struct SeededRandom: RandomNumberGenerator {
  /// What a decision is about.
  enum Purpose: UInt64 {
    case order = 1
    case task
    case noise
    case time
    case caption
    case adapter
    case picture
    case posterior
    case discriminator
  }

  private var state: UInt64

  /// - Parameters:
  ///   - seed: Of the run.
  ///   - purpose: What is decided.
  ///   - place: Numbers that tell apart decisions of one purpose, such as epoch and sample.
  init(seed: UInt64, for purpose: Purpose, _ place: Int...) {
    state = seed
    state = next() ^ purpose.rawValue
    for number in place { state = next() ^ UInt64(bitPattern: Int64(number)) }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// In 0..<1, a multiple of 2⁻⁵³.
  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// The seed of a tensor of noise; torch's generator reads 32 bits.
  mutating func generatorSeed() -> UInt64 { next() >> 32 }
}
