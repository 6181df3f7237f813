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
    var random = SeededRandom(seed: seed, at: [epoch])
    for last in places.indices.dropFirst().reversed() {
      places.swapAt(last, random.integer(upTo: last))
    }
    return places
  }
}
