import ImageCodecs
import Raster
import Reports

/// Scores of reconstructions as a page for people: the table, histograms, and three pictures.
package struct ReconstructionReport: Sendable {
  private let evaluation: ReconstructionEvaluation
  private let pairs: PicturePairs

  package init(of evaluation: ReconstructionEvaluation, pairs: PicturePairs) {
    self.evaluation = evaluation
    self.pairs = pairs
  }

  /// The page; the same for the same scores and files.
  ///
  /// - Throws: What reading the pictures shown throws.
  package func html() throws -> String {
    var page = HTMLPage(title: "Reconstruction")
    let isPartial = evaluation.isPartial ? " The result is partial: pictures are missing." : ""
    page.paragraph(
      """
      \(evaluation.pictures.count) pictures over nine colours, stored as \(evaluation.storage.rawValue); \
      \(evaluation.skipped.count) skipped.\(isPartial) PSNR and SSIM: higher is better; FID and LPIPS: lower is better.
      """)
    page.table(["ground", "PSNR", "SSIM", "FID", "LPIPS"], evaluation.table)
    page.heading("The paper's table for AIM-500")
    page.table(
      ["model", "base", "PSNR", "SSIM", "rFID", "LPIPS"],
      PublishedReconstruction.aim500.map {
        [
          $0.model, $0.base, fixedPoint($0.psnr, places: 4), fixedPoint($0.ssim, places: 4),
          fixedPoint($0.fid, places: 4), fixedPoint($0.lpips, places: 4),
        ]
      })
    page.heading("Pictures")
    page.histogram(
      "PSNR, mean over the colours", evaluation.pictures.map(\.psnr), in: 0...80, places: 0)
    page.histogram("SSIM, mean over the colours", evaluation.pictures.map(\.ssim), in: 0...1)
    page.histogram(
      "LPIPS, mean over the colours", evaluation.pictures.compactMap(\.lpips), in: 0...1)
    let sorted = evaluation.pictures.sorted { ($1.psnr, $0.name) < ($0.psnr, $1.name) }
    if let best = sorted.first, let worst = sorted.last {
      let shown = [("Best", best), ("Median", sorted[sorted.count / 2]), ("Worst", worst)]
      for (title, picture) in shown.suffix(sorted.count) {
        let pair = try pairs.pictures(picture.name)
        page.heading("\(title): \(picture.name)")
        page.paragraph(
          "\(fixedPoint(picture.psnr, places: 2)) dB. The reference, then the prediction.")
        let sheet = try PictureSheet(longestSide: 400).image(of: [
          [pair.reference, pair.prediction]
        ])
        page.picture(try sheet.encoded(as: .opaquePNG), describedAs: picture.name)
      }
    }
    if !evaluation.skipped.isEmpty {
      page.heading("Skipped")
      page.table(["picture", "why"], evaluation.skipped.map { [$0.name, $0.reason] })
    }
    return page.text
  }
}

extension ReconstructionEvaluation {
  /// Cells of the grounds, their mean and the row without blending: ground, PSNR, SSIM, FID, LPIPS.
  package var table: [[String]] {
    (rows + [mean, rgba].compactMap { $0 }).map { row in
      [
        row.ground, fixedPoint(row.psnr, places: 4), fixedPoint(row.ssim, places: 4),
        row.fid.map { fixedPoint($0, places: 4) } ?? "–",
        row.lpips.map { fixedPoint($0, places: 4) } ?? "–",
      ]
    }
  }
}
