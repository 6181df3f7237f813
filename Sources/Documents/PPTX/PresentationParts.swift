import StrictXML

/// The prefixes that the parts of a presentation use.
enum PresentationNamespace {
  static let all: [XMLElement.Attribute] = [
    .init("xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main"),
    .init("xmlns:r", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    .init("xmlns:p", "http://schemas.openxmlformats.org/presentationml/2006/main"),
  ]
}

/// The parts that every presentation needs beside its slide: an empty master with an empty layout.
///
/// Source: ECMA-376 part 1, 19.2 "Presentation", 19.3 "Presentation slides".
enum PresentationParts {
  /// The least identifier that masters and layouts may have: 2^31.
  private static let firstMasterIdentifier = 2_147_483_648

  /// Notes keep the size of a letter, 7.5 by 10 inches.
  private static let notesSize = (width: 6_858_000, height: 9_144_000)

  static func presentation(of geometry: SlideGeometry) -> XMLElement {
    XMLElement(
      "p:presentation", PresentationNamespace.all,
      children: [
        list("p:sldMasterIdLst", "p:sldMasterId", identifier: firstMasterIdentifier, "rId1"),
        list("p:sldIdLst", "p:sldId", identifier: 256, "rId2"),
        XMLElement(
          "p:sldSz", [.init("cx", "\(geometry.width)"), .init("cy", "\(geometry.height)")]),
        XMLElement(
          "p:notesSz", [.init("cx", "\(notesSize.width)"), .init("cy", "\(notesSize.height)")]),
      ])
  }

  static var master: XMLElement {
    let roles = [
      ("bg1", "lt1"), ("tx1", "dk1"), ("bg2", "lt2"), ("tx2", "dk2"), ("hlink", "hlink"),
      ("folHlink", "folHlink"),
    ]
    let accents = (1...6).map { ("accent\($0)", "accent\($0)") }
    let background = XMLElement(
      "p:bg",
      children: [
        XMLElement("p:bgPr", children: [.solidFill("FFFFFF"), XMLElement("a:effectLst")])
      ])
    return XMLElement(
      "p:sldMaster", PresentationNamespace.all,
      children: [
        XMLElement("p:cSld", children: [background, .shapeTree([])]),
        XMLElement("p:clrMap", (roles + accents).map { .init($0.0, $0.1) }),
        list(
          "p:sldLayoutIdLst", "p:sldLayoutId", identifier: firstMasterIdentifier + 1, "rId1"),
      ])
  }

  static var layout: XMLElement {
    XMLElement(
      "p:sldLayout", PresentationNamespace.all + [.init("type", "blank"), .init("preserve", "1")],
      children: [
        XMLElement("p:cSld", [.init("name", "Blank")], children: [.shapeTree([])]),
        XMLElement("p:clrMapOvr", children: [XMLElement("a:masterClrMapping")]),
      ])
  }

  static var coreProperties: XMLElement {
    let metadata = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return XMLElement("cp:coreProperties", [.init("xmlns:cp", metadata)])
  }

  static var applicationProperties: XMLElement {
    let schema = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
    return XMLElement(
      "Properties", [.init("xmlns", schema)],
      children: [XMLElement("Application", text: "layered"), XMLElement("Slides", text: "1")])
  }

  private static func list(
    _ name: String, _ member: String, identifier: Int, _ relationship: String
  ) -> XMLElement {
    XMLElement(
      name,
      children: [
        XMLElement(member, [.init("id", "\(identifier)"), .init("r:id", relationship)])
      ])
  }
}
