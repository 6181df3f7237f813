import Raster

/// The layers of two lists that alignment puts side by side before any merge, each a group of those that do not overlap.
struct MatchedLayers {
  struct Pair {
    let prediction: RasterImage
    let reference: RasterImage
    /// Of the pair alone, as in ``SampleScore/Level``.
    let rgbL1: Double
    let alphaSoftIoU: Double
  }

  /// From the back; a layer that has several partners is in several pairs.
  let pairs: [Pair]

  /// - Parameters:
  ///   - predictions: At least one layer.
  ///   - references: At least one layer of the same size.
  /// - Throws: `RasterError` never, for layers of one size.
  init(predictions: LayerStack, references: LayerStack) throws(RasterError) {
    let (a, b) = (
      try LayerGrouping.grouped(predictions.layers), try LayerGrouping.grouped(references.layers)
    )
    let alignment = LayerAlignment(predictions: a.count, references: b.count) {
      PairScore(prediction: a[$0], reference: b[$1])
    }
    pairs = alignment.path.map { place in
      let score = PairScore(prediction: a[place.prediction], reference: b[place.reference])
      return Pair(
        prediction: a[place.prediction].image, reference: b[place.reference].image,
        rgbL1: score.rgbL1, alphaSoftIoU: score.alphaSoftIoU)
    }
  }
}
