import Assets
import Composition
import FileTesting
import LearningTesting
import Shards
import Testing

@testable import Datasets

private func synthesis(into output: String, workers: Int, count: Int = 80) throws
  -> DatasetSynthesis
{
  var options = CompositionOptions()
  options.side = 64
  let pack = try AssetPack(try DrawnPack.file(), named: "drawn.pack")
  var synthesis = DatasetSynthesis(
    composer: try SampleComposer(pack: pack, options: options), pack: pack, output: output,
    count: count, toolVersion: "test")
  synthesis.workerCount = workers
  return synthesis
}

@Test func anyNumberOfWorkersComposesTheSameDataset() async throws {
  let folder = try ScratchFolder()
  _ = try await synthesis(into: "\(folder.path)/one", workers: 1).run { _ in }
  _ = try await synthesis(into: "\(folder.path)/four", workers: 4).run { _ in }
  let names = try ScratchFolder.names(in: "\(folder.path)/one").sorted()
  #expect(names == ["index.json", "manifest.json", "report.html", "shard-000000.tar"])
  #expect(try ScratchFolder.names(in: "\(folder.path)/four").sorted() == names)
  for name in names {
    #expect(try folder.bytes(of: "one/\(name)") == folder.bytes(of: "four/\(name)"), "\(name)")
  }
}

@Test func interruptedCompositionGoesOn() async throws {
  let folder = try ScratchFolder()
  _ = try await synthesis(into: "\(folder.path)/whole", workers: 1).run { _ in }
  let broken = try synthesis(into: "\(folder.path)/broken", workers: 1)
  let task = Task {
    try await broken.run { done in
      if done >= 32 { withUnsafeCurrentTask { $0?.cancel() } }
    }
  }
  await #expect(throws: CancellationError.self) { try await task.value }
  #expect(try ScratchFolder.names(in: "\(folder.path)/broken") == [".work"])
  _ = try await broken.run { _ in }
  for name in ["index.json", "manifest.json", "shard-000000.tar"] {
    #expect(try folder.bytes(of: "whole/\(name)") == folder.bytes(of: "broken/\(name)"), "\(name)")
  }
}

@Test func otherOptionsAreNotMixed() async throws {
  let folder = try ScratchFolder()
  _ = try await synthesis(into: "\(folder.path)/data", workers: 1, count: 3).run { _ in }
  await #expect(throws: DatasetError.otherConfiguration("\(folder.path)/data")) {
    try await synthesis(into: "\(folder.path)/data", workers: 1, count: 4).run { _ in }
  }
  var again = try synthesis(into: "\(folder.path)/data", workers: 1, count: 4)
  again.isRestarting = true
  let manifest = try await again.run { _ in }
  #expect(manifest.count == 4)
  #expect(try ShardReader(folder: "\(folder.path)/data").sampleCount == 4)
}

@Test func composedShardsReadBackAsTheComposerMakesThem() async throws {
  let folder = try ScratchFolder()
  let synthesis = try synthesis(into: "\(folder.path)/data", workers: 2, count: 5)
  _ = try await synthesis.run { _ in }
  let reader = try ShardReader(folder: "\(folder.path)/data")
  try reader.verify()
  for place in 0..<5 {
    #expect(try reader.sample(at: place) == synthesis.composer.sample(place))
  }
}
