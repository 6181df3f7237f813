import ByteIO
import Foundation
import PSD
import RasterTesting
import Testing

/// Real files that lie beside the project, not in it.
enum Corpus {
  static let paths: [String] = {
    let folder = Corpora.path + "/psd"
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".psd") || $0.hasSuffix(".psb") }.sorted()
      .map { "\(folder)/\($0)" }
  }()

  static func bytes(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

@Suite(.enabled(if: !Corpus.paths.isEmpty, "the corpora are not beside the project"))
struct CorpusTests {
  @Test func everyFileOpensAndIsWrittenBackByteForByteOrIsRefused() throws {
    var opened = 0
    var refused: [String] = []
    for path in Corpus.paths {
      let bytes = try Corpus.bytes(of: path)
      do throws(MalformedData) {
        let file = try PhotoshopFile(reading: bytes)
        opened += 1
        let written = try? file.bytes()
        #expect(written == bytes, "\(path) differs when written back")
      } catch {
        refused.append("\(path.split(separator: "/").last ?? ""): \(error)")
        #expect(path.contains("/fixtures/errors/"), "\(path) is sound: \(error)")
      }
    }
    print("\(opened) opened and written back, \(refused.count) refused:")
    for line in refused { print("  \(line)") }
  }
}
