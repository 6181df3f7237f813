import Glibc
import Shards

extension SeededRandom {
  /// What a decision of a run is about.
  enum Purpose: Int {
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

  /// - Parameters:
  ///   - seed: Of the run.
  ///   - purpose: What is decided.
  ///   - place: Numbers that tell apart decisions of one purpose, such as epoch and sample.
  init(seed: UInt64, for purpose: Purpose, _ place: Int...) {
    self.init(seed: seed, at: [purpose.rawValue] + place)
  }

  /// Standard normal, by Box and Muller.
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  /// The seed of a tensor of noise; torch's generator reads 32 bits.
  mutating func generatorSeed() -> UInt64 { next() >> 32 }
}
