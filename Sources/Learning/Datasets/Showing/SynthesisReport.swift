import ImageCodecs
import Raster
import Reports
import Shards

/// What was composed, as a page for people: `report.html`.
struct SynthesisReport {
  /// How many samples the page shows.
  static let shownSampleCount = 40

  let manifest: SynthesisManifest
  let samples: [TrainingSample]

  /// - Throws: `RasterError` or `ImageCodecError` from the pictures.
  func html() throws -> String {
    var page = HTMLPage(title: "Composed samples")
    page.paragraph(
      "\(manifest.count) samples, seed \(manifest.options.seed), \(manifest.options.side) pixels, "
        + "assets for \(manifest.options.split.rawValue).")
    page.bars(
      "Layers",
      manifest.layerCounts.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map {
        ($0.key, $0.value)
      })
    page.bars(
      "Categories", manifest.categories.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    page.heading("The first \(samples.count) samples")
    page.picture(
      try PictureSheet.composites(of: samples).encoded(as: .opaquePNG), describedAs: "samples")
    page.heading("Their layers")
    page.paragraph("Composite, then layers from the back.")
    page.picture(
      try PictureSheet.layers(of: samples).encoded(as: .opaquePNG), describedAs: "contact sheet")
    page.table(["sample", "caption"], samples.map { [$0.key, $0.description.caption.text] })
    page.heading("Assets")
    page.table(["package", "licence"], manifest.sources.map { [$0.package, $0.licence] })
    return page.text
  }
}
