import ImageCodecs
import Raster
import Reports
import Shards

/// A page about a dataset that a browser shows without any other file.
struct DatasetReport {
  /// How many samples the contact sheet shows.
  static let shownSampleCount = 40

  let manifest: Manifest
  /// The first samples.
  let samples: [TrainingSample]

  /// The page; the same in every run.
  func html() throws -> String {
    let kept = manifest.sources.filter { $0.outcome == .kept }
    let before = Tally(kept.compactMap(\.layerCount))
    let contributing = Tally(kept.compactMap(\.contributingLayerCount))
    let after = Tally(kept.compactMap(\.mergedLayerCount))
    let sizes = Tally(kept.compactMap { $0.bucket.map { "\($0.width) x \($0.height)" } })
    var page = HTMLPage(title: "Dataset")
    page.paragraph(
      """
      \(manifest.sources.count) files, \(kept.count) samples. Program \(manifest.tool), captions by \
      \(manifest.captioner), configuration \(manifest.fingerprint).
      """)
    page.heading("Layers of a sample")
    page.bars("In the file", before.sorted.map { ("\($0.value)", $0.count) })
    page.bars("That contribute", contributing.sorted.map { ("\($0.value)", $0.count) })
    page.bars("After merging", after.sorted.map { ("\($0.value)", $0.count) })
    page.heading("Categories and sizes")
    page.bars(
      "Categories", Tally(kept.compactMap(\.category)).sorted.map { ($0.value, $0.count) })
    page.bars("Buckets", sizes.sorted.map { ($0.value, $0.count) })
    page.heading("What was left out")
    page.table(
      ["files", "reason"], manifest.dropCounts.map { ["\($0.count)", $0.reason.rawValue] })
    page.table(
      ["layers", "reason"], manifest.layerDropCounts.map { ["\($0.count)", $0.reason.rawValue] })
    if !samples.isEmpty {
      page.heading("The first \(samples.count) samples")
      page.paragraph("Composite, then layers from the back.")
      page.picture(
        try PictureSheet.layers(of: samples).encoded(as: .opaquePNG, effort: .quick),
        describedAs: "contact sheet")
      page.table(
        ["sample", "caption"], samples.map { [$0.key, $0.description.caption.text] })
    }
    page.heading("Files")
    page.table(
      ["file", "outcome", "layers", "of which count", "in the sample", "error", "why"],
      manifest.sources.map { source in
        [
          source.path, source.outcome.rawValue, source.layerCount.map { "\($0)" } ?? "",
          source.contributingLayerCount.map { "\($0)" } ?? "",
          source.mergedLayerCount.map { "\($0)" } ?? "",
          source.maximumError.map { "\($0)" } ?? "",
          [source.reason?.rawValue, source.detail].compactMap { $0 }.joined(separator: ": "),
        ]
      })
    return page.text
  }
}
