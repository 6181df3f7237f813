import DocumentModel
import FoundationEssentials
import Raster

/// What a document holds, for people and for scripts.
package struct DocumentInspection: Encodable {
  struct Size: Encodable {
    let width: Int
    let height: Int
  }

  struct Box: Encodable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
  }

  struct PixelsPerInch: Encodable {
    let horizontal: Double
    let vertical: Double
  }

  let path: String
  let format: String
  let canvas: Size
  let resolution: PixelsPerInch
  /// The bytes of the colour profile; left out where the document has none of its own.
  let profileByteCount: Int?
  let layerCount: Int
  let groupCount: Int
  /// The tree, back to front.
  let layers: [InspectedNode]
  /// Blocks of the whole document that only the original format understands.
  let preservedBlocks: [String]?
  let warnings: [String]

  /// Looks at a document.
  package init(_ opened: OpenedDocument, path: String) {
    let document = opened.document
    self.path = path
    format = opened.format.name
    canvas = Size(width: document.canvas.width, height: document.canvas.height)
    resolution = PixelsPerInch(
      horizontal: document.resolution.horizontal, vertical: document.resolution.vertical)
    profileByteCount = document.profile?.count
    layerCount = document.layers.count
    groupCount = document.entries.count - layerCount
    layers = InspectedNode.tree(of: document.nodes)
    preservedBlocks = document.preserved.isEmpty ? nil : document.preserved.map(\.key)
    warnings = opened.warnings
  }

  /// The report in JSON, keys sorted, a line feed at its end.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}

/// A layer or a group of a report.
struct InspectedNode: Encodable {
  struct Mask: Encodable {
    let frame: DocumentInspection.Box?
    let defaultValue: UInt8
    let disabled: Bool
    let linked: Bool
    let density: Double
    let featherRadius: Double?

    init(_ mask: LayerMask) {
      frame = mask.frame.map(DocumentInspection.Box.init)
      defaultValue = mask.defaultValue
      disabled = mask.isDisabled
      linked = mask.isLinked
      density = mask.density.fraction
      featherRadius = mask.featherRadius.isFinite ? mask.featherRadius : nil
    }
  }

  struct Text: Encodable {
    let string: String
    let fontName: String?
    let fontSize: Double?
    /// Red, green, blue and alpha.
    let color: [UInt8]?

    init(_ text: TextContent) {
      string = text.string
      fontName = text.fontName
      fontSize = text.fontSize.flatMap { $0.isFinite ? $0 : nil }
      color = text.color.map { [$0.red, $0.green, $0.blue, $0.alpha] }
    }
  }

  struct Feature: Encodable {
    let kind: String
    let name: String
    let rendered: Bool
  }

  /// "layer" or "group".
  let kind: String
  /// The way from the root: "2/0/1", 0 at the back.
  let path: String
  let name: String
  let visible: Bool
  let opacity: Double
  let fillOpacity: Double
  let blendMode: String
  let clipped: Bool
  /// Where the pixels lie on the canvas; left out where there are none.
  let frame: DocumentInspection.Box?
  let mask: Mask?
  let vectorMask: Mask?
  let text: Text?
  let features: [Feature]
  let preservedBlocks: [String]?
  let expanded: Bool?
  let members: [InspectedNode]?

  /// The nodes of a tree back to front; recursion is bounded by the height of groups.
  static func tree(of nodes: [LayerNode], below path: [Int] = []) -> [InspectedNode] {
    nodes.enumerated().map { InspectedNode($1, at: path + [$0]) }
  }

  private init(_ node: LayerNode, at indices: [Int]) {
    path = NodePath(indices).description
    let attributes = node.attributes
    name = attributes.name
    visible = attributes.isVisible
    opacity = attributes.opacity.fraction
    fillOpacity = attributes.fillOpacity.fraction
    blendMode = attributes.blendMode.rawValue
    clipped = attributes.isClipped
    mask = attributes.mask.map(Mask.init)
    vectorMask = attributes.vectorMask.map(Mask.init)
    features = attributes.features.map {
      Feature(kind: $0.kind.rawValue, name: $0.name, rendered: $0.isRendered)
    }
    preservedBlocks = attributes.preserved.isEmpty ? nil : attributes.preserved.map(\.key)
    switch node {
    case .layer(let layer):
      kind = "layer"
      frame = layer.frame.map(DocumentInspection.Box.init)
      text = layer.text.map(Text.init)
      expanded = nil
      members = nil
    case .group(let group):
      kind = "group"
      frame = nil
      text = nil
      expanded = group.isExpanded
      members = Self.tree(of: group.children, below: indices)
    }
  }
}

extension DocumentInspection.Box {
  init(_ rectangle: PixelRectangle) {
    self.init(
      x: rectangle.x, y: rectangle.y, width: rectangle.width, height: rectangle.height)
  }
}
