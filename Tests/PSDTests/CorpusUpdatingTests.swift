import ByteIO
import DocumentModel
import Foundation
import PSD
import Testing

@Suite(.enabled(if: !Corpus.paths.isEmpty, "the corpora are not beside the project"))
struct CorpusUpdatingTests {
  @Test func aRenamedAndAHiddenLayerLeaveEveryOtherRecordOfEveryFileAsItWas() throws {
    var (fileCount, recordCount, staleCount, withoutLayersCount) = (0, 0, 0, 0)
    for path in Corpus.paths {
      guard let file = try? PhotoshopFile(reading: Corpus.bytes(of: path)) else { continue }
      let records = file.layerAndMaskInformation.layers
      guard !records.isEmpty else {
        withoutLayersCount += 1
        continue
      }
      let document = try file.readDocument(isLenient: true).document
      guard let first = document.nodes.first?.attributes.source.index,
        let last = document.nodes.last?.attributes.source.index
      else {
        print("  \(path.split(separator: "/").last ?? ""): a layer without a record")
        continue
      }
      var nodes = document.nodes
      nodes[0].attributes.name = "Renamed"
      nodes[nodes.count - 1].attributes.isVisible.toggle()
      let name = "\(path.split(separator: "/").last ?? "")"
      do {
        let written = try file.updated(to: document.withNodes(nodes), from: document)
        let read = try PhotoshopFile(reading: written.file.bytes())
        let found = read.layerAndMaskInformation.layers
        #expect(found.count == records.count, "\(name)")
        for (index, record) in records.enumerated() where found.indices.contains(index) {
          #expect(found[index].channels == record.channels, "\(name), layer \(index)")
          guard index != first, index != last else { continue }
          #expect(found[index] == record, "\(name), layer \(index)")
          recordCount += 1
        }
        #expect(found[first].name == "Renamed", "\(name)")
        #expect(found[last].isHidden != records[last].isHidden, "\(name)")
        fileCount += 1
        staleCount += read.hasMergedPicture ? 0 : 1
      } catch let error as MalformedData {
        print("  \(name): \(error)")
      }
    }
    print(
      "\(fileCount) files edited, \(recordCount) other records as they were, "
        + "\(staleCount) without a merged picture; \(withoutLayersCount) have no layers")
    #expect(fileCount > 0)
  }

  @Test func everyFileBecomesAPSBAndComesBackByteForByte() throws {
    var count = 0
    for path in Corpus.paths {
      guard let file = try? PhotoshopFile(reading: Corpus.bytes(of: path)) else { continue }
      guard file.header.version == .psd else { continue }
      let large = try PhotoshopFile(reading: file.converted(to: .psb).bytes())
      let back = try large.converted(to: .psd)
      #expect(try back.bytes() == file.bytes(), "\(path)")
      count += 1
    }
    print("\(count) files converted to PSB and back")
    #expect(count > 0)
  }
}
