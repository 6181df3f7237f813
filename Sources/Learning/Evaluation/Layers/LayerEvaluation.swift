/// The scores of a dataset: every sample, and means over samples at each number of merges.
package struct LayerEvaluation: Hashable, Sendable, Codable {
  /// Means over all samples; one that stopped before counts with its last scores.
  package struct Level: Hashable, Sendable, Codable {
    package let merges: Int
    package let rgbL1: Double
    package let alphaSoftIoU: Double
    /// Samples in which so many merges were made.
    package let samples: Int
    /// The mean number of merges made, at most `merges`.
    package let meanMerges: Double
  }

  /// A sample by its name.
  package struct Sample: Hashable, Sendable, Codable {
    package let name: String
    package let levels: [SampleScore.Level]
  }

  package let levels: [Level]
  package let samples: [Sample]
  package let skipped: [SkippedSample]
  /// Whether a sample was left out for any cause but too few layers, which the protocol leaves out itself.
  package let isPartial: Bool

  /// Sums up.
  ///
  /// - Parameters:
  ///   - scores: By name, in any order.
  ///   - skipped: Samples without scores.
  ///   - isPartial: Whether samples are missing that the protocol would score.
  ///   - maximumMerges: The last level.
  package init(
    _ scores: [(name: String, score: SampleScore)], skipped: [SkippedSample], isPartial: Bool,
    maximumMerges: Int
  ) {
    let scores = scores.sorted { $0.name < $1.name }
    levels =
      scores.isEmpty
      ? []
      : (0...maximumMerges).map { merges in
        let found = scores.map { $0.score.level(merges) }
        let count = Double(scores.count)
        return Level(
          merges: merges, rgbL1: found.reduce(0) { $0 + $1.rgbL1 } / count,
          alphaSoftIoU: found.reduce(0) { $0 + $1.alphaSoftIoU } / count,
          samples: scores.count { $0.score.levels.count > merges },
          meanMerges: found.reduce(0) { $0 + Double($1.merges) } / count)
      }
    samples = scores.map { Sample(name: $0.name, levels: $0.score.levels) }
    self.skipped = skipped.sorted { $0.name < $1.name }
    self.isPartial = isPartial
  }
}
