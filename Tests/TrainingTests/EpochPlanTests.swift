import Diffusion
import Settings
import Testing

@testable import Training

@Suite struct EpochPlanTests {
  @Test func everySampleIsLearntFromOnceAnEpoch() throws {
    let plan = try plan(epoch: 0)
    #expect(plan.batches.flatMap(\.items).map(\.entry).sorted() == Array(0..<100))
  }

  @Test func aBatchHoldsSamplesOfOneLayoutUpToItsTokens() throws {
    for batch in try plan(epoch: 0).batches {
      let counts = Set(batch.items.map { entries[$0.entry].layerCount })
      #expect(counts.count == 1)
      let tokens = batch.items.count * (batch.layout.tokenCount + 12)
      #expect(tokens <= 1000 || batch.items.count == 1)
    }
  }

  @Test func anEpochIsTheSameEveryTimeAndUnlikeTheNext() throws {
    #expect(try plan(epoch: 3).batches == plan(epoch: 3).batches)
    #expect(try plan(epoch: 3).batches != plan(epoch: 4).batches)
    #expect(try plan(epoch: 3).batches != plan(epoch: 3, seed: 2).batches)
  }

  @Test func tasksAreDrawnByTheirWeights() throws {
    let items = try plan(
      epoch: 0, tasks: "{text-to-rgb: 3, text-to-rgba: 1}", sampleCount: 2000
    ).batches.flatMap(\.items)
    let opaque = items.count { $0.task == .textToRGB }
    #expect(abs(Double(opaque) / 2000 - 0.75) < 0.05)
    #expect(items.allSatisfy { ($0.layer != nil) == ($0.task == .textToRGBA) })
    #expect(Set(items.compactMap(\.layer)).isSuperset(of: [0, 1, 2]))
  }

  private let entries = Self.entries(100)

  private static func entries(_ count: Int) -> [LatentCache.Entry] {
    (0..<count).map { index in
      LatentCache.Entry(
        index: index, layerCount: 2 + index % 4, grid: TokenGrid(rows: 8, columns: 8),
        promptTokenCount: 5 + index % 8)
    }
  }

  private func plan(
    epoch: Int, seed: Int = 1, tasks: String = "{picture-to-layers: 1}", sampleCount: Int = 100
  ) throws -> EpochPlan {
    let settings = """
      model: none
      seed: \(seed)
      tasks: \(tasks)
      batch: {tokens: 1000}
      """
    return EpochPlan(
      epoch: epoch, entries: Self.entries(sampleCount),
      configuration: try TrainingConfiguration(
        SettingsFile.parse(settings, path: "run.yaml"), stage: .stage3))
  }
}
