import ImageCodecs
import Raster
import Reports

/// Scores of layers as a page for people: the table, curves, histograms, and three samples as pictures.
package struct LayerReport: Sendable {
  private let evaluation: LayerEvaluation
  private let folders: SampleFolders
  /// The most pictures shown in a row.
  private let columnCount = 16
  private let longestSide = 160

  package init(of evaluation: LayerEvaluation, folders: SampleFolders) {
    self.evaluation = evaluation
    self.folders = folders
  }

  /// The page; the same for the same scores and files.
  ///
  /// - Throws: What reading the samples shown throws.
  package func html() throws -> String {
    var page = HTMLPage(title: "Layers")
    let isPartial = evaluation.isPartial ? " The result is partial: samples are missing." : ""
    page.paragraph(
      """
      \(evaluation.samples.count) samples scored by LayerD's protocol, \(evaluation.skipped.count) skipped.\
      \(isPartial) RGB L1: lower is better; alpha soft IoU: higher is better. The rows above "these layers" are the \
      paper's for Crello's test split.
      """)
    addMeasure("RGB L1", to: &page, \.rgbL1, \.rgbL1, published: \.rgbL1)
    addMeasure(
      "Alpha soft IoU", to: &page, \.alphaSoftIoU, \.alphaSoftIoU, published: \.alphaSoftIoU)
    page.heading("Merges")
    page.table(
      ["merges allowed", "made on average", "samples that made them all"],
      evaluation.levels.map {
        ["\($0.merges)", fixedPoint($0.meanMerges, places: 3), "\($0.samples)"]
      })
    for (title, sample) in shownSamples { try add(sample, titled: title, to: &page) }
    if !evaluation.skipped.isEmpty {
      page.heading("Skipped")
      page.table(["sample", "why"], evaluation.skipped.map { [$0.name, $0.reason] })
    }
    return page.text
  }

  private func addMeasure(
    _ name: String, to page: inout HTMLPage, _ value: KeyPath<LayerEvaluation.Level, Double>,
    _ sampleValue: KeyPath<SampleScore.Level, Double>,
    published: KeyPath<PublishedScores, [Double]>
  ) {
    let count = evaluation.levels.count
    let rows =
      PublishedScores.crello.map { ($0.method, Array($0[keyPath: published].prefix(count))) }
      + [("these layers", evaluation.levels.map { $0[keyPath: value] })]
    page.heading(name)
    page.table(
      ["merges allowed"] + (0..<count).map(String.init),
      rows.map { [$0.0] + $0.1.map { fixedPoint($0, places: 4) } })
    page.curves("\(name) by merges allowed", rows.map { (name: $0.0, values: $0.1) })
    page.histogram(
      "\(name) of the samples without merges",
      evaluation.samples.compactMap { $0.levels.first?[keyPath: sampleValue] }, in: 0...1)
    page.histogram(
      "\(name) of the samples after their last merge",
      evaluation.samples.compactMap { $0.levels.last?[keyPath: sampleValue] }, in: 0...1)
  }

  /// By the cost without merges, which both measures make up.
  private var shownSamples: [(title: String, sample: LayerEvaluation.Sample)] {
    let sorted = evaluation.samples.sorted {
      ($0.levels.first?.cost ?? 1, $0.name) < ($1.levels.first?.cost ?? 1, $1.name)
    }
    guard let best = sorted.first, let worst = sorted.last else { return [] }
    let all = [("Best", best), ("Median", sorted[sorted.count / 2]), ("Worst", worst)]
    return Array(all.suffix(sorted.count))
  }

  private func add(
    _ sample: LayerEvaluation.Sample, titled title: String, to page: inout HTMLPage
  ) throws {
    let (predictions, references) = try folders.stacks(sample.name)
    page.heading("\(title): \(sample.name)")
    page.table(
      ["merges", "RGB L1", "alpha soft IoU"],
      sample.levels.map {
        [
          "\($0.merges)", fixedPoint($0.rgbL1, places: 4), fixedPoint($0.alphaSoftIoU, places: 4),
        ]
      })
    page.paragraph(
      "The reference's picture and that of the prediction; reference layers from the back; predicted layers."
    )
    try show(
      [
        [references.composite(), predictions.composite()], references.layers, predictions.layers,
      ], describedAs: "layers of \(sample.name)", on: &page)
    let matched = try MatchedLayers(predictions: predictions, references: references)
    page.paragraph("Matched pairs of groups without merges: references above, predictions below.")
    try show(
      [matched.pairs.map(\.reference), matched.pairs.map(\.prediction)],
      describedAs: "matched pairs of \(sample.name)", on: &page)
    page.table(
      ["pair", "RGB L1", "alpha soft IoU"],
      matched.pairs.enumerated().map { index, pair in
        [
          "\(index)", fixedPoint(pair.rgbL1, places: 4), fixedPoint(pair.alphaSoftIoU, places: 4),
        ]
      })
  }

  private func show(
    _ rows: [[RasterImage]], describedAs text: String, on page: inout HTMLPage
  ) throws {
    let sheet = try PictureSheet(longestSide: longestSide).image(
      of: rows.map { Array($0.prefix(columnCount)) })
    page.picture(try sheet.encoded(as: .opaquePNG), describedAs: text)
  }
}
