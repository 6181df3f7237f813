import FileTesting
import Foundation
import Shards
import Testing

/// What happened to a dataset between writing and reading.
struct DamageTests {
  private let folder: ScratchFolder
  private var path: String { folder["data"] }

  init() throws {
    folder = try ScratchFolder()
    try Samples.write(8, to: path)
  }

  private func openingError() -> ShardError? {
    #expect(throws: ShardError.self) { try ShardReader(folder: path) }
  }

  @Test func aMissingShardIsNamedBeforeTheFirstSample() throws {
    try folder.remove("data/shard-000001.tar")
    let error = openingError()
    #expect(error?.description.hasSuffix("data/shard-000001.tar: no such file") == true)
  }

  @Test func aCutShardIsNamedBeforeTheFirstSample() throws {
    let bytes = try folder.bytes(of: "data/shard-000002.tar")
    try folder.write(bytes.dropLast(), to: "data/shard-000002.tar")
    #expect(
      openingError()?.reason == .byteCount(found: bytes.count - 1, expected: bytes.count))
  }

  @Test func aMissingIndexIsNamed() throws {
    try folder.remove("data/index.json")
    #expect(openingError()?.description.hasSuffix("data/index.json: no such file") == true)
  }

  @Test func aCutIndexIsNamedWithTheByte() throws {
    let bytes = try folder.bytes(of: "data/index.json")
    try folder.write(bytes.prefix(bytes.count / 2), to: "data/index.json")
    let text = openingError()?.description ?? ""
    #expect(text.contains("data/index.json: the JSON is malformed"))
    #expect(text.contains("at byte"))
  }

  @Test(arguments: [
    ("shard-000000.tar", "../../etc/passwd"), ("\"offset\":0}", "\"offset\":-512}"),
    ("\"byteCount\":", "\"byteCount\":9223372036854775807,\"was\":"), ("sample-1", "sample-0"),
    ("\"byteCount\":14848", "\"byteCount\":-9223372036854775808"),
    ("\"version\":1", "\"version\":2"), ("\"crc32\":", "\"crc32\":-1,\"was\":"),
  ])
  func anIndexThatLiesIsRefused(was: String, becomes: String) throws {
    let text = try folder.text(of: "data/index.json")
    #expect(text.contains(was))
    try folder.write(
      text.replacingOccurrences(of: was, with: becomes).utf8, to: "data/index.json")
    #expect(openingError()?.file.hasSuffix("index.json") == true)
  }

  @Test func aFlippedByteIsCaughtAndNamedAndTheOthersStay() throws {
    var bytes = try folder.bytes(of: "data/shard-000001.tar")
    let index = try ShardReader(folder: path).index
    let entry = index.shards[1].samples[1]
    bytes[entry.offset + 700] ^= 4
    try folder.write(bytes, to: "data/shard-000001.tar")

    let reader = try ShardReader(folder: path)
    let error = #expect(throws: ShardError.self) { try reader.verify() }
    #expect(error?.file.hasSuffix("shard-000001.tar") == true)

    var stream = SampleStream(reader)
    var keys: [String] = []
    var faults: [ShardError] = []
    while true {
      do throws(ShardError) {
        guard let sample = try stream.next() else { break }
        keys.append(sample.key)
      } catch {
        faults.append(error)
      }
    }
    #expect(keys.count == 7)
    #expect(faults.map(\.key) == ["sample-4"])
    #expect(faults.first?.offset == entry.offset)
    #expect(faults.first?.file.hasSuffix("data/shard-000001.tar") == true)
  }
}
