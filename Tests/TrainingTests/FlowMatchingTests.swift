import Diffusion
import Shards
import Testing
import Torch
import TorchTesting

@testable import Training

@Suite struct FlowMatchingTests {
  @Test func levelZeroIsDataAndLevelOneIsNoise() throws {
    let data = try seededInput("data", [2, 3, 4])
    let noise = try seededInput("noise", [2, 3, 4])
    let mixed = try FlowMatching.mixed(
      data, noise: noise, levels: Tensor([0, 1] as [Float], shape: [2]))
    try expectClose(mixed.select(0, along: 0), data.select(0, along: 0))
    try expectClose(mixed.select(1, along: 0), noise.select(1, along: 0))
  }

  @Test func theVelocityIsNoiseMinusData() throws {
    let data = try seededInput("data", [2, 3, 4])
    let noise = try seededInput("noise", [2, 3, 4])
    let right = try FlowMatching.losses(of: noise - data, data: data, noise: noise)
    #expect(try right.values(as: Float.self) == [0, 0])
    let wrong = try FlowMatching.losses(of: data - noise, data: data, noise: noise)
    #expect(try wrong.values(as: Float.self).allSatisfy { $0 > 1 })
  }

  /// So that following the velocity from noise, as inference does, ends at the data.
  @Test func aStepOfTheSchedulerAlongTheVelocityReachesTheData() throws {
    let data = try seededInput("data", [1, 3, 4])
    let noise = try seededInput("noise", [1, 3, 4])
    let scheduler = FlowMatchEulerScheduler(stepCount: 4, conditionTokenCount: 1600)
    var latents = noise
    for step in scheduler.steps {
      latents = try scheduler.advance(latents, along: noise - data, over: step)
    }
    try expectClose(latents, data, absolute: 1e-5)
  }

  @Test func levelsFollowTheLogitNormalDistribution() {
    let levels = draws(of: NoiseLevels(), pictureTokenCount: 256)
    let below = { (bound: Double) in Double(levels.count { $0 < bound }) / Double(levels.count) }
    // Φ(logit 0.25) and Φ(logit 0.5) of a standard normal number.
    #expect(abs(below(0.25) - 0.136) < 0.01)
    #expect(abs(below(0.5) - 0.5) < 0.01)
    #expect(levels.allSatisfy { $0 > 0 && $0 < 1 })
  }

  @Test func largerPicturesLearnAtHigherLevelsAsInferenceRunsThem() {
    var uniform = NoiseLevels()
    uniform.distribution = .uniform
    let levels = draws(of: uniform, pictureTokenCount: 1600)
    let scheduler = FlowMatchEulerScheduler(stepCount: 1000, conditionTokenCount: 1600)
    let middle = Double(scheduler.steps[500].sigma)
    #expect(abs(Double(levels.count { $0 < middle }) / Double(levels.count) - 0.5) < 0.01)
  }

  private func draws(of levels: NoiseLevels, pictureTokenCount: Int) -> [Double] {
    (0..<20_000).map { place in
      var random = SeededRandom(seed: 1, for: .time, place)
      return levels.draw(from: &random, pictureTokenCount: pictureTokenCount)
    }
  }
}
