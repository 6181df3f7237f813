import ProcessGroups
import Testing
import Torch

@Suite struct GradientBucketsTests {
  @Test func oneProcessGetsItsOwnGradients() throws {
    let buckets = try GradientBuckets(
      [("a", [2, 2]), ("b", [3]), ("c", [])], over: SingleProcess(), byteLimit: 20)
    for step in 1...2 {
      let factor = Float(step)
      try buckets.add(Tensor([1, 2, 3, 4 * factor], shape: [2, 2]), of: "a", isLast: false)
      try buckets.add(Tensor([1, 1, 1, 1] as [Double], shape: [2, 2]), of: "a", isLast: true)
      if step == 1 {
        try buckets.add(
          Tensor([0.5, 1, 2] as [Float], shape: [3]).converted(to: .bfloat16), of: "b",
          isLast: true)
      }
      let sums = try buckets.finish()
      #expect(Set(sums.keys) == (step == 1 ? ["a", "b"] : ["a"]))
      #expect(try sums["a"]?.values() == [2, 3, 4, 4 * factor + 1])
      #expect(sums["a"]?.shape == [2, 2] && sums["a"]?.dtype == .float32)
      if step == 1 { #expect(try sums["b"]?.values() == [0.5, 1, 2] as [Float]) }
    }
  }

  @Test func gradientOfAnotherShapeIsRefused() throws {
    let buckets = try GradientBuckets([("a", [2, 2])], over: SingleProcess())
    #expect(
      throws: TorchError.unexpectedShape(
        what: "gradient of 'a'", expected: [2, 2], found: [2])
    ) {
      try buckets.add(.ones([2]), of: "a", isLast: true)
    }
  }

  /// Counts the sums that have begun.
  private final class CountingGroup: ProcessGroup {
    let rank = 0
    let count = 1
    var begun: [Int] = []
    func sum(_ tensor: Tensor) throws -> PendingExchange {
      begun.append(tensor.elementCount)
      return try SingleProcess().sum(tensor)
    }
    func beginBroadcast(_ tensor: Tensor, from rank: Int) throws -> PendingExchange {
      try SingleProcess().beginBroadcast(tensor, from: rank)
    }
    func send(_ tensor: Tensor, to rank: Int) throws {}
    func receive(into tensor: Tensor, from rank: Int) throws {}
    func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { [bytes] }
    func barrier() throws {}
    func close() throws {}
  }

  @Test func sumsBeginWhileOtherGradientsAreYetToCome() throws {
    let group = CountingGroup()
    let buckets = try GradientBuckets(
      [("a", [4]), ("b", [4]), ("c", [100]), ("d", [8])], over: group, byteLimit: 32)
    try buckets.add(.ones([4]), of: "a", isLast: true)
    #expect(group.begun == [])
    try buckets.add(.ones([4]), of: "b", isLast: true)
    // Two gradients and their two marks.
    #expect(group.begun == [10])
    try buckets.add(.ones([8]), of: "d", isLast: true)
    // The one before it comes first everywhere.
    #expect(group.begun == [10])
    try buckets.add(.ones([100]), of: "c", isLast: true)
    #expect(group.begun == [10, 101, 9])
    #expect(try buckets.finish().count == 4)
  }
}
