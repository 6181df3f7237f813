import Raster

/// The scores of one sample with every number of merges.
package struct SampleScore: Hashable, Sendable, Codable {
  /// The scores behind some merges.
  package struct Level: Hashable, Sendable, Codable {
    /// How many neighbours were merged, in either list.
    package let merges: Int
    /// 0...1, lower is better.
    package let rgbL1: Double
    /// 0...1, higher is better.
    package let alphaSoftIoU: Double
    /// What alignment made small.
    package let cost: Double

    package init(merges: Int, rgbL1: Double, alphaSoftIoU: Double, cost: Double) {
      self.merges = merges
      self.rgbL1 = rgbL1
      self.alphaSoftIoU = alphaSoftIoU
      self.cost = cost
    }
  }

  /// Without merges, with one, and so on; fewer where no merge helps any more.
  package let levels: [Level]

  /// Scores the layers of a picture by LayerD's protocol.
  ///
  /// Source: arXiv 2509.25134, section 5.2 and its released code: layers that do not overlap are grouped; the groups are
  /// aligned; then, again and again, the merge of two neighbours that raises their similarity most is made in the list
  /// where it raises more.
  ///
  /// - Parameters:
  ///   - predictions: Back to front, at least two.
  ///   - references: Back to front, at least two, of the same size.
  ///   - maximumMerges: At most so many merges are tried.
  /// - Throws: ``UnscorableSample``.
  package init(
    predictions: LayerStack, references: LayerStack, maximumMerges: Int
  ) throws {
    guard predictions.canvas == references.canvas else {
      throw UnscorableSample.sizes(found: predictions.canvas, expected: references.canvas)
    }
    guard predictions.layers.count > 1 else {
      throw UnscorableSample.tooFew(list: "predictions", count: predictions.layers.count)
    }
    guard references.layers.count > 1 else {
      throw UnscorableSample.tooFew(list: "references", count: references.layers.count)
    }
    var memory = ScoreMemory()
    var lists = (
      try LayerGrouping.grouped(predictions.layers), try LayerGrouping.grouped(references.layers)
    )
    var levels: [Level] = []
    while true {
      let alignment = LayerAlignment(predictions: lists.0.count, references: lists.1.count) {
        memory.score(lists.0[$0], lists.1[$1])
      }
      levels.append(
        Level(
          merges: levels.count, rgbL1: alignment.rgbL1, alphaSoftIoU: alignment.alphaSoftIoU,
          cost: alignment.cost))
      guard levels.count <= maximumMerges else { break }
      let pairs = alignment.path
      let first = try LayerMerge.best(
        in: lists.0, others: lists.1, matches: pairs.map { ($0.prediction, $0.reference) },
        memory: &memory)
      let second = try LayerMerge.best(
        in: lists.1, others: lists.0, matches: pairs.map { ($0.reference, $0.prediction) },
        memory: &memory)
      guard first != nil || second != nil else { break }
      if let first, first.gain > second?.gain ?? 0 {
        first.apply(to: &lists.0)
      } else if let second {
        second.apply(to: &lists.1)
      }
    }
    self.levels = levels
  }

  /// The scores with that many merges, or those of the last level before.
  package func level(_ merges: Int) -> Level { levels[min(merges, levels.count - 1)] }
}

/// Why a sample has no score.
package enum UnscorableSample: Error, Hashable, Sendable, CustomStringConvertible {
  case sizes(found: PixelSize, expected: PixelSize)
  case tooFew(list: String, count: Int)

  package var description: String {
    switch self {
    case .sizes(let found, let expected):
      "the predictions have \(found) pixels, the references \(expected)"
    case .tooFew(let list, let count):
      "the \(list) have \(count) layer\(count == 1 ? "" : "s"), fewer than two"
    }
  }
}

/// Comparisons that were made, which most merges leave as they are.
struct ScoreMemory {
  private struct Pair: Hashable {
    let prediction: ObjectIdentifier
    let reference: ObjectIdentifier
  }

  private var scores: [Pair: PairScore] = [:]
  /// Keeps the layers alive, so that no other takes the identity of one.
  private var layers: [EvaluatedLayer] = []

  /// The score of the first as prediction, the second as reference, whatever list they are of.
  mutating func score(_ prediction: EvaluatedLayer, _ reference: EvaluatedLayer) -> PairScore {
    let pair = Pair(
      prediction: ObjectIdentifier(prediction), reference: ObjectIdentifier(reference))
    if let known = scores[pair] { return known }
    let score = PairScore(prediction: prediction, reference: reference)
    scores[pair] = score
    layers += [prediction, reference]
    return score
  }
}
