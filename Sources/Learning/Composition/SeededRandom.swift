/// Random numbers that a seed determines, the same on every machine.
///
/// Source: SplitMix64, Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct SeededRandom {
  private var state: UInt64

  /// - Parameters:
  ///   - seed: Of the dataset.
  ///   - index: Of the sample.
  ///   - attempt: Counts the tries for one sample.
  init(seed: UInt64, index: Int, attempt: Int) {
    state = seed
    state = next() ^ UInt64(truncatingIfNeeded: index)
    state = next() ^ UInt64(truncatingIfNeeded: attempt)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Evenly in 0..<1.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  mutating func happens(_ probability: Double) -> Bool { unit() < probability }

  /// - Precondition: There are elements.
  mutating func element<Element>(of elements: [Element]) -> Element {
    elements[integer(in: 0...elements.count - 1)]
  }
}
