/// In which order the samples of a dataset come.
package enum SampleOrder: Hashable, Sendable, Codable {
  /// As they lie in the shards, in every epoch.
  case stored

  /// In an order that the seed and the number of the epoch decide.
  case shuffled(seed: UInt64)

  /// The places of all samples in the order of one epoch.
  package func places(of sampleCount: Int, epoch: Int) -> [Int] {
    var places = Array(0..<sampleCount)
    guard case .shuffled(let seed) = self else { return places }
    var numbers = SplitMix64(seed: seed, stream: UInt64(truncatingIfNeeded: epoch))
    for last in places.indices.dropFirst().reversed() {
      places.swapAt(last, Int(numbers.next(upTo: UInt64(last))))
    }
    return places
  }
}

/// Numbers that a seed decides, alike on every machine.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SplitMix64 {
  private var state: UInt64

  /// Numbers of different streams have nothing in common.
  init(seed: UInt64, stream: UInt64) {
    state = seed
    // A mixed number apart, so that neighbouring seeds and streams do not meet.
    state = next() ^ (stream &* 0xD134_2543_DE82_EF95)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// A number in `0...limit`, each as likely as the others.
  mutating func next(upTo limit: UInt64) -> UInt64 {
    guard limit < .max else { return next() }
    let count = limit + 1
    // Numbers above the last whole multiple would favour the small ones.
    let bound = UInt64.max - (UInt64.max % count + 1) % count
    while true {
      let number = next()
      if number <= bound { return number % count }
    }
  }
}
