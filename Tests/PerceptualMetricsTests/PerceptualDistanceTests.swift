import FoundationEssentials
import ImageCodecs
import PerceptualMetrics
import RasterTesting
import Safetensors
import Testing
import Torch
import TorchTesting
import Weights

private let root = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }

private func hasWeights(_ trunk: PerceptualDistance.Trunk) -> Bool {
  FileManager.default.fileExists(atPath: weightsPath(trunk))
}

private func weightsPath(_ trunk: PerceptualDistance.Trunk) -> String {
  "\(root)/.deps/metrics/lpips-\(trunk.rawValue).safetensors"
}

private let examples = Corpora.path + "/pictures/lpips-example"

/// With the real weights, which `Tools/metrics.sh` fetches.
@Suite(
  .enabled(
    if: PerceptualDistance.Trunk.allCases.allSatisfy(hasWeights),
    "Tools/metrics.sh has not fetched the weights"))
struct PerceptualDistanceTests {
  private func distance(_ trunk: PerceptualDistance.Trunk) throws -> PerceptualDistance {
    let store = WeightStore(try CheckpointWeights(path: weightsPath(trunk)))
    let distance = try PerceptualDistance(trunk, weights: store.root)
    try store.finish()
    return distance
  }

  private func picture(_ name: String) throws -> Tensor {
    let image = try DecodedImage(contentsOf: "\(examples)/\(name).png").image
    let shape = [1, image.size.height, image.size.width, 4]
    let bytes = try Tensor(image.pixels, shape: shape).permuted([0, 3, 1, 2])
    return try bytes.slice(0..<3, along: 1).converted(to: .float32) / 127.5 - 1
  }

  /// 0.722 and 0.138 are published for AlexNet.
  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: examples),
      "the example pictures are not beside the project"),
    arguments: [
      (PerceptualDistance.Trunk.alexNet, [0.722, 0.138]), (.vgg16, [0.5686, 0.4217]),
    ])
  func theOfficialExampleHasItsPublishedDistances(
    trunk: PerceptualDistance.Trunk, published: [Double]
  ) throws {
    let golden = try Golden("perceptual-distance")
    let distance = try distance(trunk)
    for number in 0...1 {
      let found = try distance.distance(picture("ex_ref"), picture("ex_p\(number)"))
      #expect(try abs(found.values(as: Double.self)[0] - published[number]) < 0.001)
      try expectClose(found, golden["\(trunk.rawValue) example \(number)"], relative: 1e-4)
    }
  }

  @Test(.tags(.golden), arguments: PerceptualDistance.Trunk.allCases)
  func distancesAndGradientsAreThoseOfTheReference(trunk: PerceptualDistance.Trunk) throws {
    let golden = try Golden("perceptual-distance")
    let a = try seededInput("a", [2, 3, 40, 48]).clamped(to: -1...1)
    let b = try seededInput("b", [2, 3, 40, 48]).clamped(to: -1...1)
    try a.setRequiresGradient()
    let found = try distance(trunk).distance(a, b)
    try expectClose(found, golden["\(trunk.rawValue) noise"], relative: 1e-4)
    let gradient = try #require(gradients(of: found.sum(), withRespectTo: [a])[0])
    let sampled = try gradient.strided(from: 0, by: 4, along: 2).strided(from: 0, by: 4, along: 3)
    try expectClose(
      sampled, golden["\(trunk.rawValue) gradient"], relative: 1e-3, absolute: 1e-7)
  }

  @Test func aPictureHasNoDistanceFromItself() throws {
    let a = try seededInput("a", [1, 3, 40, 48]).clamped(to: -1...1)
    #expect(try distance(.alexNet).distance(a, a).values(as: Float.self) == [0])
  }
}

/// With random weights of the same keys.
struct PerceptualNetworkTests {
  @Test(arguments: PerceptualDistance.Trunk.allCases)
  func picturesThatDoNotFitAreRefused(trunk: PerceptualDistance.Trunk) throws {
    let distance = try PerceptualDistance(
      trunk, weights: WeightStore(SeededWeights()).root)
    let a = try seededInput("a", [1, 3, 40, 48])
    #expect(throws: TorchError.self) { try distance.distance(a, seededInput("b", [1, 3, 40, 40])) }
    let small = try seededInput("small", [1, 3, trunk.smallestSide - 1, 40])
    #expect(throws: TorchError.self) { try distance.distance(small, small) }
    let fitting = try seededInput("fitting", [1, 3, trunk.smallestSide, 40])
    #expect(try distance.distance(fitting, fitting).values(as: Float.self) == [0])
  }
}
