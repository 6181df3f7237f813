import DocumentModel
import Editing
import PSD
import Testing

@Suite struct PhotoshopBytesTests {
  /// The channels as they stand in a file, by the names of their layers.
  private func channels(_ document: LayeredDocument) throws -> [String: [LayerChannel]] {
    var bytes: [UInt8] = []
    try document.writePhotoshop { bytes += $0 }
    let file = try PhotoshopFile(reading: bytes)
    return Dictionary(
      file.layerAndMaskInformation.layers.map { ($0.name, $0.channels) },
      uniquingKeysWith: { first, _ in first })
  }

  @Test(arguments: UntouchedNodesTests.operations)
  func channelBytesOfLayersNotNamedStay(operation: EditOperation) throws {
    var bytes: [UInt8] = []
    try sampleDocument().writePhotoshop { bytes += $0 }
    let document = try PhotoshopFile(reading: bytes).readDocument().document
    let before = try channels(document)
    for name in ["base", "leaf", "masked", "front"] {
      let path = try document.path(to: .name(name))
      let after = try channels(document.edited(at: path, by: operation).document)
      for other in ["base", "clip", "leaf", "masked", "adjustment", "front"] where other != name {
        let kept = try #require(before[other])
        #expect(!kept.isEmpty && after[other] == kept, "\(other) beside \(name)")
      }
    }
  }
}
