import FoundationEssentials
import ImageCodecs
import PerceptualMetrics
import RasterTesting
import Testing
import Torch
import TorchTesting

private let metricsFolder =
  #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
  + "/.deps/metrics"

@Suite(.tags(.golden)) struct FrechetDistanceTests {
  private let golden: Golden

  init() throws { golden = try Golden("inception") }

  private func statistics(of features: Tensor, batch: Int) throws -> FeatureStatistics {
    let (count, width) = (features.shape[0], features.shape[1])
    var statistics = FeatureStatistics(width: width)
    for first in stride(from: 0, to: count, by: batch) {
      try statistics.add(features.slice(first..<min(first + batch, count), along: 0))
    }
    return statistics
  }

  /// Batches of 1 and 7 make the rows fold into their factor; one of 60 does not.
  @Test(arguments: [1, 7, 60])
  func theDistanceOfTwoSetsIsThatOfTheFormula(batch: Int) throws {
    let a = try statistics(of: golden["normal a"], batch: batch)
    let b = try statistics(of: golden["normal b"], batch: batch)
    let wanted = try golden["normal distance"].values(as: Double.self)[0]
    #expect(abs(try #require(try a.frechetDistance(to: b)) - wanted) < 1e-6 * wanted)
    #expect(abs(try #require(try a.frechetDistance(to: a))) < 1e-6)
  }

  @Test func setsOfFewerThanTwoHaveNoDistance() throws {
    let one = try statistics(of: golden["normal a"].slice(0..<1, along: 0), batch: 1)
    let many = try statistics(of: golden["normal b"], batch: 50)
    #expect(try one.frechetDistance(to: many) == nil)
    #expect(throws: TorchError.self) {
      var other = FeatureStatistics(width: 3)
      try other.add(golden["normal a"])
    }
  }

  /// The pictures of the script, from integers alone.
  private func picture(_ isReference: Bool, _ index: Int) throws -> Tensor {
    let (height, width) = index % 4 == 0 ? (320, 352) : (48 + 8 * (index % 3), 64)
    let step = isReference ? 3 + index : 4 + 2 * index
    var values: [Float] = []
    for c in 0..<3 {
      for y in 0..<height {
        for x in 0..<width {
          let value = x * step + y * (c + 1) * 5 + index * 37 + c * 60 + x * y / (7 + index)
          values.append(Float(value % 256))
        }
      }
    }
    return try Tensor(values, shape: [1, 3, height, width])
  }

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: metricsFolder + "/inception.safetensors"),
      "Tools/metrics.sh has not fetched the weights"))
  func featuresAndTheirDistanceAreThoseOfTheReference() throws {
    let network = try MetricWeights(folder: metricsFolder).inceptionFeatures()
    var sets = [FeatureStatistics(), FeatureStatistics()]
    try withoutGradients {
      for (place, name) in ["references", "predictions"].enumerated() {
        for index in 0..<12 {
          let features = try network(picture(place == 0, index))
          if index == 0 {
            try expectClose(features.select(0, along: 0), golden[name], relative: 1e-3)
          }
          try sets[place].add(features)
        }
      }
    }
    let wanted = try golden["distance"].values(as: Double.self)[0]
    #expect(abs(try #require(try sets[0].frechetDistance(to: sets[1])) - wanted) < 1e-3)
  }
}
