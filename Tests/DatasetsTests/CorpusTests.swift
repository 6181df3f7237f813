import Datasets
import Foundation
import RasterTesting
import Shards
import Testing

private let corpus = Corpora.path + "/psd"

@Suite(.enabled(if: FileManager.default.fileExists(atPath: corpus), "the corpora are not there"))
struct CorpusTests {
  /// A file of every kind: blend modes, clipping, groups, masks, colours, effects.
  @Test func realFilesRecomposeOrSayWhyNot() throws {
    let files = try SourceFiles.find(in: [corpus]).filter {
      $0.path.contains("blend") || $0.path.contains("group") || $0.path.contains("mask")
    }
    var kept = 0
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.location)))
      guard bytes.count < 200_000 else { continue }
      var record = SourceRecord(
        path: file.path, byteCount: bytes.count, sha256: String(repeating: "0", count: 64))
      guard let sample = try SampleMaking(BuildConfiguration())(bytes, record: &record)?.decoded()
      else {
        #expect(record.reason != nil)
        continue
      }
      kept += 1
      let difference = try Stacks.difference(sample.layers.composite(), sample.composite)
      #expect(difference <= 2, "\(file.path)")
    }
    #expect(kept >= 20)
  }
}
