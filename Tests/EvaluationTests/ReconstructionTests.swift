import Evaluation
import FileTesting
import Foundation
import ImageCodecs
import PerceptualMetrics
import Raster
import Testing
import TorchTesting
import Weights

private struct Expected: Decodable {
  let psnr: Double
  let ssim: Double
}

private func fixtures() throws -> String {
  try #require(Bundle.module.resourcePath) + "/Fixtures/reconstruction"
}

@Suite struct ReconstructionTests {
  private let pairs: PicturePairs
  private let expected: [String: [String: [String: Expected]]]

  init() throws {
    let folder = try fixtures()
    pairs = try PicturePairs(
      predictions: folder + "/predictions", references: folder + "/references")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    expected = try JSONDecoder().decode([String: [String: [String: Expected]]].self, from: data)
  }

  private func evaluation(
    _ storage: BlendStorage, of pairs: PicturePairs? = nil,
    networks: PerceptualNetworks = PerceptualNetworks()
  ) async throws -> ReconstructionEvaluation {
    try await ReconstructionEvaluation(
      of: pairs ?? self.pairs, storage: storage, networks: networks, workerCount: 2
    ) { _, _ in }
  }

  /// The mean over subtypes, then subsets: four is a subset by itself, and three lies beside the subtype fur.
  private func mean(_ value: (String) -> Double) -> Double {
    let animals = ((value("animal/fur/one") + value("animal/fur/two")) / 2 + value("animal/three"))
    return (animals / 2 + value("four")) / 2
  }

  @Test(arguments: [BlendStorage.jpeg, .lossless])
  func everyGroundScoresAsTheReferenceScoresIt(storage: BlendStorage) async throws {
    let found = try await evaluation(storage)
    let expected = try #require(self.expected[storage.rawValue])
    #expect(found.rows.map(\.ground) == SolidGround.allCases.map(\.rawValue))
    for row in found.rows + [try #require(found.rgba)] {
      let psnr = mean { expected[$0]?[row.ground]?.psnr ?? .nan }
      let ssim = mean { expected[$0]?[row.ground]?.ssim ?? .nan }
      #expect(abs(row.psnr - psnr) < 1e-6, "\(row.ground)")
      #expect(abs(row.ssim - ssim) < 1e-6, "\(row.ground)")
      #expect(row.lpips == nil && row.fid == nil)
    }
    #expect(found.isPartial == false && found.skipped.isEmpty)
  }

  @Test func theMeanIsThatOfTheNineColoursOnly() async throws {
    let found = try await evaluation(.lossless)
    let mean = try #require(found.mean)
    #expect(found.rows.count == 9)
    #expect(abs(mean.psnr - found.rows.reduce(0) { $0 + $1.psnr } / 9) < 1e-9)
    for picture in found.pictures {
      let expected = try #require(self.expected["lossless"]?[picture.name])
      let colours = SolidGround.allCases.compactMap { expected[$0.rawValue]?.psnr }
      #expect(abs(picture.psnr - colours.reduce(0, +) / 9) < 1e-6)
    }
  }

  @Test func theSamePicturesHaveTheBestScores() async throws {
    let folder = try fixtures() + "/references"
    let same = try PicturePairs(predictions: folder, references: folder)
    let found = try #require(try await evaluation(.jpeg, of: same).mean)
    #expect(abs(found.psnr - 80) < 1e-9)
    #expect(abs(found.ssim - 1) < 1e-9)
  }

  @Test func whatCannotBeScoredIsNamedAndTheRestScored() async throws {
    let folder = try ScratchFolder()
    let size = PixelSize(width: 40, height: 40)
    let red = try RasterImage(
      size: size, filledWith: RGBAPixel(red: 255, green: 0, blue: 0, alpha: 128))
    let small = try RasterImage(size: PixelSize(width: 30, height: 40))
    for (name, prediction, reference) in [
      ("good", red, red), ("lonely", nil, red), ("extra", red, nil), ("small", small, small),
      ("other", small, red),
    ] as [(String, RasterImage?, RasterImage?)] {
      if let prediction {
        try folder.write(prediction.encoded(as: .png), to: "predictions/\(name).png")
      }
      if let reference {
        try folder.write(reference.encoded(as: .png), to: "references/\(name).png")
      }
    }
    try folder.write([137, 80, 78, 71], to: "predictions/broken.png")
    try folder.write(red.encoded(as: .png), to: "references/broken.png")
    let found = try await evaluation(
      .jpeg,
      of: PicturePairs(predictions: folder["predictions"], references: folder["references"]))
    #expect(found.pictures.map(\.name) == ["good"])
    #expect(found.isPartial)
    #expect(found.skipped.map(\.name) == ["broken", "extra", "lonely", "other", "small"])
    #expect(found.skipped[1].reason == "there is no reference")
    #expect(found.skipped[3].reason.contains("30 x 40"))
  }

  @Test func aReferenceIsCutToTheSquareInItsMiddle() throws {
    let size = PixelSize(width: 100, height: 50)
    var image = try RasterImage(
      size: size, filledWith: RGBAPixel(red: 0, green: 0, blue: 255, alpha: 255))
    for y in 0..<50 { for x in 25..<75 { image[x: x, y: y].red = 200 } }
    let square = try PicturePairs.centerSquare(of: image, side: 50)
    #expect(square.size == PixelSize(width: 50, height: 50))
    #expect(square[x: 0, y: 0].red == 200 && square[x: 49, y: 49].red == 200)
    #expect(try PicturePairs.centerSquare(of: image, side: 31).size.width == 31)
  }

  @Test(.enabled(if: metricWeightsAreThere, "Tools/metrics.sh has not fetched the weights"))
  func networksAddTheirScores() async throws {
    let weights = MetricWeights(folder: metricsFolder)
    let networks = PerceptualNetworks(
      distance: try weights.perceptualDistance(.alexNet),
      inception: try weights.inceptionFeatures())
    let folder = try fixtures()
    let pairs = try PicturePairs(
      predictions: folder + "/predictions/animal/fur",
      references: folder + "/references/animal/fur")
    let found = try await evaluation(.jpeg, of: pairs, networks: networks)
    let mean = try #require(found.mean)
    #expect(try #require(mean.lpips) > 0.001)
    #expect(try #require(mean.fid) > 1)
    let same = try PicturePairs(
      predictions: folder + "/references/animal/fur",
      references: folder + "/references/animal/fur")
    let best = try #require(try await evaluation(.jpeg, of: same, networks: networks).mean)
    #expect(best.lpips == 0)
    #expect(abs(try #require(best.fid)) < 1e-3)
  }

  @Test func theReportShowsTableAndPicturesInOneFile() async throws {
    let found = try await evaluation(.jpeg)
    let page = try ReconstructionReport(of: found, pairs: pairs).html()
    for text in ["Best: ", "Median: ", "Worst: ", "magenta", "RGBA-VAE", "data:image/png;base64"] {
      #expect(page.contains(text))
    }
    #expect(!page.contains("http"))
  }
}

private let metricsFolder =
  #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
  + "/.deps/metrics"
private let metricWeightsAreThere = ["lpips-alex", "inception"].allSatisfy {
  FileManager.default.fileExists(atPath: "\(metricsFolder)/\($0).safetensors")
}
