import Evaluation
import Foundation
import ImageCodecs
import Raster
import RasterTesting
import Testing

/// Samples with the values that LayerD's own evaluation gives them.
private struct GoldenSamples {
  let folder: String
  let expected: [String: [SampleScore.Level]]

  init(folder: String, expected: [String: [SampleScore.Level]]) {
    self.folder = folder
    self.expected = expected
  }

  func stack(_ list: String, _ name: String) throws -> LayerStack {
    let path = "\(folder)/\(list)/\(name)"
    let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    let layers = try files.map { try DecodedImage(contentsOf: "\(path)/\($0)").image }
    return try LayerStack(canvas: #require(layers.first).size, layers: layers)
  }

  func score(_ name: String) throws -> SampleScore {
    try SampleScore(
      predictions: stack("predictions", name), references: stack("references", name),
      maximumMerges: 5)
  }

  /// The names of samples of which a level is missing, too many, or off by more than 1e-9.
  func differing() throws -> [String] {
    try expected.keys.sorted().filter { name in
      let (found, expected) = (try score(name).levels, expected[name] ?? [])
      return found.count != expected.count
        || zip(found, expected).contains { found, expected in
          found.merges != expected.merges || abs(found.rgbL1 - expected.rgbL1) > 1e-9
            || abs(found.alphaSoftIoU - expected.alphaSoftIoU) > 1e-9
            || abs(found.cost - expected.cost) > 1e-9
        }
    }
  }
}

private let sharedGolden = Corpora.path + "/../golden/layer-evaluation"

@Suite struct LayerEvaluationTests {
  @Test func scoresAreThoseOfLayerD() throws {
    let folder = try #require(Bundle.module.resourcePath) + "/Fixtures"
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.json"))
    let samples = GoldenSamples(
      folder: folder,
      expected: try JSONDecoder().decode([String: [SampleScore.Level]].self, from: data))
    #expect(samples.expected.count >= 10)
    #expect(try samples.differing() == [])
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: sharedGolden + "/expected.json"),
      "the 300 stacks are not beside the project"))
  func all300StacksScoreAsLayerDScoresThem() throws {
    struct Expected: Decodable {
      struct Aggregate: Decodable {
        let count: Double
        let meanMerges: Double
        let rgbL1: Double
        let alphaSoftIoU: Double
        enum CodingKeys: String, CodingKey {
          case count
          case meanMerges = "avg_edits"
          case rgbL1 = "avg_rgb_l1"
          case alphaSoftIoU = "avg_alpha_iou"
        }
      }
      let samples: [String: [SampleScore.Level]]
      let aggregate: [Aggregate]
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: sharedGolden + "/expected.json"))
    let expected = try JSONDecoder().decode(Expected.self, from: data)
    let samples = GoldenSamples(folder: sharedGolden, expected: expected.samples)
    #expect(samples.expected.count == 300)
    #expect(try samples.differing() == [])
    let evaluation = LayerEvaluation(
      try samples.expected.keys.map { ($0, try samples.score($0)) }, skipped: [],
      isPartial: false, maximumMerges: 5)
    for (found, expected) in zip(evaluation.levels, expected.aggregate) {
      #expect(found.samples == Int(expected.count))
      #expect(abs(found.meanMerges - expected.meanMerges) < 1e-9)
      #expect(abs(found.rgbL1 - expected.rgbL1) < 1e-9)
      #expect(abs(found.alphaSoftIoU - expected.alphaSoftIoU) < 1e-9)
    }
  }

  private func stack(_ colors: [RGBAPixel], width: Int = 2) throws -> LayerStack {
    let size = PixelSize(width: width, height: 1)
    return try LayerStack(
      canvas: size, layers: colors.map { try RasterImage(size: size, filledWith: $0) })
  }

  private let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 255)
  private let blue = RGBAPixel(red: 0, green: 0, blue: 255, alpha: 255)

  @Test func theSameLayersScorePerfectly() throws {
    let layers = try stack([red, blue])
    let score = try SampleScore(predictions: layers, references: layers, maximumMerges: 5)
    #expect(score.levels == [.init(merges: 0, rgbL1: 0, alphaSoftIoU: 1, cost: 0)])
  }

  @Test func samplesWithoutTwoLayersOrOfOtherSizesHaveNoScore() throws {
    let (two, one) = (try stack([red, blue]), try stack([red]))
    let wide = try stack([red, blue], width: 3)
    #expect(throws: UnscorableSample.tooFew(list: "predictions", count: 1)) {
      try SampleScore(predictions: one, references: two, maximumMerges: 5)
    }
    #expect(throws: UnscorableSample.sizes(found: wide.canvas, expected: two.canvas)) {
      try SampleScore(predictions: wide, references: two, maximumMerges: 5)
    }
  }
}
