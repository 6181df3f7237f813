import Digests
import FileTesting
import Foundation
import Shards
import Testing

struct ShardTests {
  private let folder: ScratchFolder
  private var path: String { folder["data"] }

  init() throws {
    folder = try ScratchFolder()
  }

  @Test func samplesComeBackInOrderFromSeveralShards() throws {
    let index = try Samples.write(8, to: path)
    #expect(index.shards.map(\.samples.count) == [3, 3, 2])
    let reader = try ShardReader(folder: path)
    #expect(reader.sampleCount == 8)
    for number in 0..<8 { #expect(try reader.sample(at: number) == Samples.sample(number)) }
    try reader.verify()
  }

  @Test func theSameSamplesGiveTheSameBytes() throws {
    try Samples.write(4, to: folder["one"])
    try Samples.write(4, to: folder["two"])
    for name in try ScratchFolder.names(in: folder["one"]) {
      #expect(try folder.bytes(of: "one/\(name)") == folder.bytes(of: "two/\(name)"))
    }
  }

  @Test func nothingIsThereBeforeTheCommit() throws {
    do {
      let writer = try ShardWriter(at: path)
      try writer.append(Samples.sample(0))
      #expect(!FileManager.default.fileExists(atPath: path))
    }
    #expect(try folder.names.isEmpty)
  }

  @Test func aRepeatedKeyIsRefused() throws {
    let writer = try ShardWriter(at: path)
    try writer.append(Samples.sample(0))
    #expect(throws: RepeatedKey.self) { try writer.append(Samples.sample(0)) }
  }

  @Test func aShorterDatasetLeavesNoShardOfALongerOne() throws {
    try Samples.write(8, to: path)
    let writer = try ShardWriter(at: path, overwriting: true)
    try writer.append(Samples.sample(0))
    try writer.commit()
    #expect(try ScratchFolder.names(in: path) == ["index.json", "shard-000000.tar"])
  }

  @Test func tarReadsTheShards() throws {
    try Samples.write(3, to: path)
    let listing = try folder.bytes(of: "data/shard-000000.tar")
    // The archive ends in two empty blocks, and is of whole ones.
    #expect(listing.count % 512 == 0)
    #expect(listing.suffix(1024).allSatisfy { $0 == 0 })
    let tar = Process()
    tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    tar.arguments = ["tar", "-tf", "\(path)/shard-000000.tar"]
    let pipe = Pipe()
    tar.standardOutput = pipe
    try tar.run()
    let names = String(
      decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    tar.waitUntilExit()
    #expect(tar.terminationStatus == 0)
    #expect(names.split(separator: "\n").count == 12)
    #expect(names.hasPrefix("sample-0.json\nsample-0.composite.png\nsample-0.layer-00.png\n"))
  }
}
