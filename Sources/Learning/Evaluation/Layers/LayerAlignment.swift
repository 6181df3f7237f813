/// The cheapest way to pair two lists of layers in order, each layer at least once (dynamic time warping).
struct LayerAlignment {
  /// Pairs from the back to the front.
  let path: [(prediction: Int, reference: Int)]
  /// Of the pairs of the path.
  private let scores: [PairScore]

  /// Means over the pairs; a layer that is in two pairs counts twice.
  var rgbL1: Double { mean(\.rgbL1) }
  var alphaSoftIoU: Double { mean(\.alphaSoftIoU) }
  var cost: Double { mean(\.cost) }

  private func mean(_ value: KeyPath<PairScore, Double>) -> Double {
    scores.reduce(0) { $0 + $1[keyPath: value] } / Double(scores.count)
  }

  /// Aligns two lists, neither empty.
  ///
  /// Where ways are equally cheap, going back from the front the protocol prefers both lists' next layers, then the
  /// predictions' next, then the references'.
  init(
    predictions: Int, references: Int, score: (_ prediction: Int, _ reference: Int) -> PairScore
  ) {
    let scores = (0..<predictions).map { i in (0..<references).map { score(i, $0) } }
    var total = scores.map { $0.map(\.cost) }
    for i in 0..<predictions {
      for j in 0..<references {
        switch (i, j) {
        case (0, 0): break
        case (0, _): total[i][j] += total[i][j - 1]
        case (_, 0): total[i][j] += total[i - 1][j]
        default: total[i][j] += min(total[i - 1][j], total[i][j - 1], total[i - 1][j - 1])
        }
      }
    }
    var (i, j) = (predictions - 1, references - 1)
    var path = [(prediction: i, reference: j)]
    while i > 0 || j > 0 {
      if i == 0 {
        j -= 1
      } else if j == 0 {
        i -= 1
      } else {
        let (up, left, diagonal) = (total[i - 1][j], total[i][j - 1], total[i - 1][j - 1])
        if diagonal <= up, diagonal <= left {
          (i, j) = (i - 1, j - 1)
        } else if up <= diagonal, up <= left {
          i -= 1
        } else {
          j -= 1
        }
      }
      path.append((i, j))
    }
    self.path = path.reversed()
    self.scores = self.path.map { scores[$0.prediction][$0.reference] }
  }
}
