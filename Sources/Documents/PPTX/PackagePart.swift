import StrictXML

/// The names of the parts of a presentation with one slide.
///
/// Source: ECMA-376 part 1, 13.3 "PresentationML: part summary", and part 2, "Open Packaging Conventions".
enum PackagePart: String, CaseIterable {
  case contentTypes = "[Content_Types].xml"
  case packageRelationships = "_rels/.rels"
  case coreProperties = "docProps/core.xml"
  case applicationProperties = "docProps/app.xml"
  case presentation = "ppt/presentation.xml"
  case presentationRelationships = "ppt/_rels/presentation.xml.rels"
  case theme = "ppt/theme/theme1.xml"
  case master = "ppt/slideMasters/slideMaster1.xml"
  case masterRelationships = "ppt/slideMasters/_rels/slideMaster1.xml.rels"
  case layout = "ppt/slideLayouts/slideLayout1.xml"
  case layoutRelationships = "ppt/slideLayouts/_rels/slideLayout1.xml.rels"
  case slide = "ppt/slides/slide1.xml"
  case slideRelationships = "ppt/slides/_rels/slide1.xml.rels"

  /// The part of a picture; layers' names have no part in it.
  static func name(ofPicture index: Int) -> String { "ppt/media/image\(index + 1).png" }

  /// The relationship by which the slide shows a picture; the first one is the layout's.
  static func relationship(ofPicture index: Int) -> String { "rId\(index + 2)" }

  /// What the part holds, where it is not told by its extension.
  private var contentType: String? {
    let presentations = "application/vnd.openxmlformats-officedocument.presentationml"
    return switch self {
    case .coreProperties: "application/vnd.openxmlformats-package.core-properties+xml"
    case .applicationProperties:
      "application/vnd.openxmlformats-officedocument.extended-properties+xml"
    case .presentation: "\(presentations).presentation.main+xml"
    case .theme: "application/vnd.openxmlformats-officedocument.theme+xml"
    case .master: "\(presentations).slideMaster+xml"
    case .layout: "\(presentations).slideLayout+xml"
    case .slide: "\(presentations).slide+xml"
    default: nil
    }
  }

  /// The content of ``contentTypes``.
  static var contentTypesElement: XMLElement {
    let byExtension = [
      ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
      ("xml", "application/xml"), ("png", "image/png"),
    ]
    let byPart = allCases.compactMap { part in part.contentType.map { ("/" + part.rawValue, $0) } }
    return XMLElement(
      "Types", [.init("xmlns", "http://schemas.openxmlformats.org/package/2006/content-types")],
      children: byExtension.map { name, type in
        XMLElement("Default", [.init("Extension", name), .init("ContentType", type)])
      }
        + byPart.map { name, type in
          XMLElement("Override", [.init("PartName", name), .init("ContentType", type)])
        })
  }
}

/// A reference from one part to another, numbered from 1 in its part.
struct Relationship {
  private static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  private static let package = "http://schemas.openxmlformats.org/package/2006/relationships"

  let type: String
  let target: String

  /// A relationship of an office document, such as "slide", to a part beside or above its own.
  init(_ kind: String, to target: String) {
    type = "\(Self.office)/\(kind)"
    self.target = target
  }

  /// The relationship of a package to its metadata.
  static let coreProperties = Relationship(
    type: "\(package)/metadata/core-properties", target: PackagePart.coreProperties.rawValue)

  private init(type: String, target: String) {
    self.type = type
    self.target = target
  }

  /// The content of a part that lists relationships.
  static func element(of relationships: [Relationship]) -> XMLElement {
    XMLElement(
      "Relationships", [.init("xmlns", package)],
      children: relationships.enumerated().map { index, relationship in
        XMLElement(
          "Relationship",
          [
            .init("Id", "rId\(index + 1)"), .init("Type", relationship.type),
            .init("Target", relationship.target),
          ])
      })
  }
}
