import Raster

/// Two neighbours of a list merged into one, and what that gains.
struct LayerMerge {
  /// The lower of both.
  let index: Int
  let merged: EvaluatedLayer
  /// By how much the similarity to the matched layers of the other list rises, above 0.
  let gain: Double

  /// The merge that gains most, the earliest of equal ones; `nil` where none gains or the list has two layers.
  ///
  /// A merge is weighed for the lower layer's matches together with the better of two choices for the upper layer's: the
  /// merged layer, or the layer above, which takes its place.
  ///
  /// - Parameters:
  ///   - layers: Back to front.
  ///   - others: The other list.
  ///   - matches: Pairs of places in both.
  ///   - memory: Of comparisons; the layers of this list stand where predictions do, whichever list it is.
  /// - Returns: The merge.
  /// - Throws: `RasterError` never, for layers of one size.
  static func best(
    in layers: [EvaluatedLayer], others: [EvaluatedLayer], matches: [(Int, Int)],
    memory: inout ScoreMemory
  ) throws(RasterError) -> LayerMerge? {
    guard layers.count > 2 else { return nil }
    var best: LayerMerge?
    for index in 0..<layers.count - 1 {
      let lower = matches.filter { $0.0 == index }.map { others[$0.1] }
      let upper = matches.filter { $0.0 == index + 1 }.map { others[$0.1] }
      func similarity(_ layer: EvaluatedLayer, to matched: [EvaluatedLayer]) -> Double {
        matched.reduce(0) { $0 + memory.score(layer, $1).similarity }
      }
      let merged = EvaluatedLayer(
        try layers[index].image.composited(under: layers[index + 1].image))
      let current = similarity(layers[index], to: lower) + similarity(layers[index + 1], to: upper)
      var choices = [similarity(merged, to: upper)]
      if index + 2 < layers.count {
        choices += [
          similarity(layers[index + 2], to: lower), similarity(layers[index + 2], to: upper),
        ]
      }
      let gain = similarity(merged, to: lower) + (choices.max() ?? 0) - current
      if gain > 0, gain > best?.gain ?? 0 {
        best = LayerMerge(index: index, merged: merged, gain: gain)
      }
    }
    return best
  }

  /// Puts the merged layer in the place of both.
  func apply(to layers: inout [EvaluatedLayer]) {
    layers.replaceSubrange(index...index + 1, with: [merged])
  }
}
