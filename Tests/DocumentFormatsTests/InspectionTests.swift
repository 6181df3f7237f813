import DocumentFormats
import DocumentModel
import DocumentTesting
import FileTesting
import Foundation
import Raster
import Testing

@Suite struct InspectionTests {
  private func inspection(of document: LayeredDocument) throws -> DocumentInspection {
    let folder = try ScratchFolder()
    try DocumentDestination(folder["a"], overwriting: false).write(document)
    return DocumentInspection(try OpenedDocument(contentsOf: folder["a"]), path: "a")
  }

  @Test func theTreeIsListedFrontToBackWithAllThatIsKnown() throws {
    var attributes = LayerAttributes(
      name: "Title\u{202E}", isVisible: false, opacity: Opacity(byte: 51),
      blendMode: .colorBurn, isClipped: true,
      features: [LayerFeature(.effect, named: "drop shadow", isRendered: false)])
    attributes.mask = LayerMask(
      pixels: try GreyImage(size: PixelSize(width: 2, height: 1), pixels: [0, 9]),
      origin: PixelPoint(x: 1, y: -1), isDisabled: true)
    let front = Layer(
      attributes: attributes, pixels: try picture(2, 3), origin: PixelPoint(x: -4, y: 5),
      text: TextContent("two\nlines", fontName: "Serif", fontSize: 12.5))
    let group = try LayerGroup(
      attributes: LayerAttributes(name: "Group", blendMode: .passThrough),
      children: [.layer(front)], isExpanded: false)
    let back = Layer(attributes: LayerAttributes(name: "curves"), pixels: nil)
    let document = try LayeredDocument(
      canvas: PixelSize(width: 8, height: 6), nodes: [.layer(back), .group(group)])
    #expect(
      try inspection(of: document).lines == [
        "a", "  folder, 8 x 6 pixels, 72 pixels per inch", "  2 layers, 1 group",
        "1 group \"Group\", pass-through, collapsed",
        "  1/0 layer \"Title\\u{202E}\", 2 x 3 at -4, 5, color-burn, opacity 20 %, hidden, clipped",
        "      mask: 2 x 1 at 1, -1, 255 elsewhere, disabled",
        "      text: \"two\\nlines\", \"Serif\", 12.5 pixels high",
        "      effect: drop shadow, not rendered", "0 layer \"curves\", no pixels",
      ])
  }

  @Test(arguments: DocumentCase.allCases)
  func noDocumentBreaksALineOrATerminal(example: DocumentCase) throws {
    let inspection = try inspection(of: example.document())
    for line in inspection.lines {
      #expect(
        line.unicodeScalars.allSatisfy { scalar in
          ![.control, .lineSeparator, .paragraphSeparator].contains(
            scalar.properties.generalCategory)
        })
    }
    let data = Data(try inspection.json().utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect((object["layers"] as? [Any])?.count == (try example.document().nodes.count))
    #expect(object["layerCount"] as? Int == (try example.document().layers.count))
  }
}
