import FileTesting
import Foundation
import Shards
import Testing

struct SampleStreamTests {
  private let folder: ScratchFolder
  private let reader: ShardReader

  init() throws {
    folder = try ScratchFolder()
    try Samples.write(10, to: folder["data"])
    reader = try ShardReader(folder: folder["data"])
  }

  private func keys(
    of stream: inout SampleStream, count: Int = .max
  ) throws -> [String] {
    var keys: [String] = []
    while keys.count < count, let sample = try stream.next() { keys.append(sample.key) }
    return keys
  }

  @Test func aStoredOrderIsThatOfTheShardsInEveryEpoch() throws {
    var stream = SampleStream(reader)
    let first = try keys(of: &stream)
    #expect(first == (0..<10).map { "sample-\($0)" })
    #expect(stream.position.epoch == 1)
    #expect(try keys(of: &stream) == first)
  }

  @Test func aShuffledOrderHasEverySampleOnceAndDiffersByEpochAndSeed() throws {
    var one = SampleStream(reader, order: .shuffled(seed: 1))
    var two = SampleStream(reader, order: .shuffled(seed: 2))
    let (first, second) = (try keys(of: &one), try keys(of: &one))
    let other = try keys(of: &two)
    #expect(Set(first).count == 10)
    #expect(Set(second) == Set(first))
    #expect(first != second)
    #expect(first != other)
  }

  @Test(arguments: [SampleOrder.stored, .shuffled(seed: 77)])
  func everyPositionResumesExactly(order: SampleOrder) throws {
    var whole = SampleStream(reader, order: order)
    let all = try keys(of: &whole) + keys(of: &whole)
    for count in 0...10 {
      var stream = SampleStream(reader, order: order)
      let before = try keys(of: &stream, count: count)
      let kept = try JSONEncoder().encode(stream.position)
      let position = try JSONDecoder().decode(ReadingPosition.self, from: kept)
      var resumed = try SampleStream(reader, resuming: position)
      #expect(try before + keys(of: &resumed) + keys(of: &resumed) == all, "after \(count)")
    }
  }

  @Test func aPositionOfAnotherDatasetIsRefused() throws {
    try Samples.write(9, to: folder["other"])
    let position = SampleStream(try ShardReader(folder: folder["other"])).position
    let error = #expect(throws: ShardError.self) {
      try SampleStream(reader, resuming: position)
    }
    #expect(error?.reason == .foreignPosition)
  }

  @Test func anImpossiblePositionIsRefused() throws {
    var position = SampleStream(reader).position
    position.place = 11
    #expect(throws: ShardError.self) { try SampleStream(reader, resuming: position) }
    position.place = 0
    position.epoch = -1
    #expect(throws: ShardError.self) { try SampleStream(reader, resuming: position) }
  }

  @Test func everyOrderOfThreeComesAboutEquallyOften() {
    var counts: [[Int]: Int] = [:]
    for epoch in 0..<6000 {
      counts[SampleOrder.shuffled(seed: 5).places(of: 3, epoch: epoch), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (850...1150).contains($0) }, "\(counts)")
  }

  /// The places are those of the same steps in Python.
  @Test func anOrderIsTheSameOnEveryMachine() {
    #expect(
      SampleOrder.shuffled(seed: 1).places(of: 10, epoch: 3)
        == [6, 2, 1, 8, 0, 9, 7, 3, 4, 5])
  }

  @Test func anEmptyDatasetHasOnlyEnds() throws {
    try ShardWriter(at: folder["empty"]).commit()
    var stream = SampleStream(try ShardReader(folder: folder["empty"]), order: .shuffled(seed: 1))
    #expect(try stream.next() == nil)
    #expect(try stream.next() == nil)
  }
}
