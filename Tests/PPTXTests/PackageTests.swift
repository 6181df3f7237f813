import DocumentModel
import PPTX
import Raster
import StrictXML
import Testing
import ZipArchive

private let canvas = PixelSize(width: 200, height: 100)

@Suite struct PackageTests {
  @Test func everyPartHasATypeAndEveryRelationshipAPart() throws {
    let group = try LayerGroup(
      attributes: LayerAttributes(name: "group"), children: [layer(.init(name: "in"))])
    let document = try LayeredDocument(
      canvas: canvas, nodes: [layer(.init(name: "back")), .group(group)])
    let file = try TinyPresentation(document)
    #expect(file.archive.names.first == "[Content_Types].xml")
    let types = try file.element("[Content_Types].xml").children
    let extensions = Set(types.compactMap { $0["Extension"] })
    let parts = Set(types.compactMap { $0["PartName"] })
    for name in file.archive.names where name != "[Content_Types].xml" {
      let ending = name.split(separator: ".").last.map(String.init) ?? ""
      #expect(parts.contains("/" + name) || ["rels", "png"].contains(ending), "\(name)")
      #expect(extensions.contains(ending))
      if ending == "rels" { try expectTargetsExist(name, in: file) }
    }
    for part in parts { #expect(file.archive.names.contains(String(part.dropFirst()))) }
    #expect(file.archive.names.filter { $0.hasPrefix("ppt/media/") }.count == 2)
  }

  private func expectTargetsExist(_ name: String, in file: TinyPresentation) throws {
    // "ppt/slides/_rels/slide1.xml.rels" speaks for a part in "ppt/slides".
    let folder = name.split(separator: "/").dropLast(2).map(String.init)
    let relationships = try file.element(name).children
    #expect(Set(relationships.compactMap { $0["Id"] }).count == relationships.count)
    for relationship in relationships {
      var path = folder
      for step in try #require(relationship["Target"]).split(separator: "/") {
        if step == ".." { path.removeLast() } else { path.append(String(step)) }
      }
      #expect(file.archive.names.contains(path.joined(separator: "/")), "\(path)")
    }
  }

  @Test func everyReferenceOfAPartIsOneOfItsRelationships() throws {
    let document = try LayeredDocument(canvas: canvas, nodes: [layer(.init(name: "a"))])
    let file = try TinyPresentation(document)
    let parts = [
      "presentation.xml", "slideMasters/slideMaster1.xml", "slideLayouts/slideLayout1.xml",
      "slides/slide1.xml",
    ]
    for part in parts {
      let folder = part.split(separator: "/").dropLast().map { $0 + "/" }.joined()
      let list = "ppt/\(folder)_rels/\(part.dropFirst(folder.count)).rels"
      let known = Set(try file.element(list).children.compactMap { $0["Id"] })
      let used = try file.element("ppt/" + part).attributeValues(["r:id", "r:embed"])
      #expect(known.isSuperset(of: used), "\(part)")
    }
  }

  @Test func equalDocumentsGiveEqualBytes() throws {
    let document = try LayeredDocument(
      canvas: canvas, nodes: [layer(.init(name: "a")), layer(.init(name: "b"))])
    #expect(try TinyPresentation(document).bytes == TinyPresentation(document).bytes)
  }

  @Test func whatTheSinkThrowsEndsTheWriting() throws {
    struct Full: Error {}
    let document = try LayeredDocument(canvas: canvas, nodes: [layer(.init(name: "a"))])
    let byteCount = try TinyPresentation(document).bytes.count
    for limit in stride(from: 0, to: byteCount, by: 397) {
      var written = 0
      #expect(throws: Full.self) {
        try document.writePowerPoint { part in
          guard written + part.count <= limit else { throw Full() }
          written += part.count
        }
      }
    }
  }

  @Test func theMostLayersNeedNoZip64() throws {
    let pixels = try plain(1, 1)
    let nodes = (0..<LayeredDocument.maximumNodeCount).map { index in
      LayerNode.layer(Layer(attributes: LayerAttributes(name: "\(index)"), pixels: pixels))
    }
    let file = try TinyPresentation(LayeredDocument(canvas: canvas, nodes: nodes))
    #expect(file.shapes.count == LayeredDocument.maximumNodeCount)
    #expect(file.shapes.last?.shapeName == "8191")
    #expect(file.archive.names.count == LayeredDocument.maximumNodeCount + 13)
  }
}

extension XMLElement {
  /// The values that some attributes have here and inside.
  fileprivate func attributeValues(_ names: Set<String>) -> [String] {
    attributes.filter { names.contains($0.name) }.map(\.value)
      + children.flatMap { $0.attributeValues(names) }
  }
}
