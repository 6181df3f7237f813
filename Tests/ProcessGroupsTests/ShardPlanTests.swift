import ProcessGroups
import Testing
import Torch

@Suite struct ShardPlanTests {
  @Test func largestGoesToTheLightest() {
    let plan = ShardPlan(elementCounts: [3, 10, 4, 4, 1], rankCount: 2)
    #expect(plan.owners == [1, 0, 1, 1, 0])
    #expect(plan.indices(of: 0) == [1, 4])
  }

  @Test func everyProcessGetsItsShare() {
    let counts = (0..<500).map { ($0 * 7919) % 1000 + 1 }
    let plan = ShardPlan(elementCounts: counts, rankCount: 7)
    let loads = (0..<7).map { rank in plan.indices(of: rank).reduce(0) { $0 + counts[$1] } }
    let (least, most) = (loads.min() ?? 0, loads.max() ?? 0)
    #expect(loads.reduce(0, +) == counts.reduce(0, +))
    #expect(most - least <= 1000)
  }

  @Test func moreProcessesThanParameters() {
    let plan = ShardPlan(elementCounts: [5, 0], rankCount: 4)
    #expect(plan.owners == [0, 1])
    #expect(plan.indices(of: 3) == [])
  }

  @Test func failureWhileCollectingIsThrownAtTheEnd() throws {
    struct DiskFull: Error {}
    let plan = ShardPlan(elementCounts: [1, 1], rankCount: 1)
    var seen: [Int] = []
    #expect(throws: DiskFull.self) {
      try plan.collect([.zeros([1]), .zeros([1])], shapes: [[1], [1]], over: SingleProcess()) {
        index, _ in
        seen.append(index)
        throw DiskFull()
      }
    }
    #expect(seen == [0])
  }
}
