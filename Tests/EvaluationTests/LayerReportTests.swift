import Evaluation
import FileTesting
import ImageCodecs
import Raster
import Testing

@Suite struct LayerReportTests {
  @Test func theReportShowsTablesCurvesAndSamplesInOneFile() async throws {
    let folder = try ScratchFolder()
    let size = PixelSize(width: 8, height: 8)
    func write(_ list: String, _ name: String, _ colors: [UInt8]) throws {
      for (index, color) in colors.enumerated() {
        let pixel = RGBAPixel(red: color, green: 0, blue: 0, alpha: 255)
        try folder.write(
          RasterImage(size: size, filledWith: pixel).encoded(as: .png),
          to: "\(list)/\(name)/\(index).png")
      }
    }
    for (name, shift) in [("good", 0), ("fair", 60), ("<b>bad", 200)] {
      try write("references", name, [0, 10])
      try write("predictions", name, [UInt8(shift), UInt8(shift + 10)])
    }
    try write("references", "alone", [0])
    try write("predictions", "alone", [0])
    let folders = try SampleFolders(
      predictions: folder["predictions"], references: folder["references"])
    let evaluation = try await LayerEvaluation(of: folders, maximumMerges: 5, workerCount: 2) {
      _, _ in
    }
    let page = try LayerReport(of: evaluation, folders: folders).html()
    for text in [
      "Best: good", "Median: fair", "Worst: &lt;b&gt;bad", "LayerD", "<polyline",
      "fewer than two", "data:image/png;base64",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("http"))
    #expect(!page.contains("<b>"))
  }
}
