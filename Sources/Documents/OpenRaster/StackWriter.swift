import DocumentModel
import StrictXML

/// Turns the layers and groups of a simplified document into the elements of stack.xml.
///
/// Source: OpenRaster specification 0.0.6, "Layer Stack Specification".
struct StackWriter {
  let document: LayeredDocument
  /// The layers in the order of the entries of their pictures.
  private(set) var layers: [Layer] = []
  private(set) var warnings: [OpenRasterWarning] = []

  init(document: LayeredDocument) {
    self.document = document
  }

  /// The entry of a picture; layers' names have no part in it.
  static func entryName(ofPicture index: Int) -> String { "data/layer-\(index).png" }

  mutating func imageElement() -> XMLElement {
    let stack = XMLElement("stack", children: elements(of: document.nodes))
    let resolution = document.resolution
    let (xres, yres) = (resolution.horizontal.wholeNumber, resolution.vertical.wholeNumber)
    if (Double(xres), Double(yres)) != (resolution.horizontal, resolution.vertical) {
      warnings.append(.resolution(resolution))
    }
    if document.profile != nil { warnings.append(.profile) }
    return XMLElement(
      "image",
      [
        .init("version", "0.0.6"), .init("w", "\(document.canvas.width)"),
        .init("h", "\(document.canvas.height)"), .init("xres", "\(xres)"),
        .init("yres", "\(yres)"),
      ], children: [stack])
  }

  /// The elements of some siblings, the front one first.
  private mutating func elements(of siblings: [LayerNode]) -> [XMLElement] {
    var elements: [XMLElement] = []
    for node in siblings {
      switch node {
      case .layer(let layer): elements.append(element(of: layer))
      case .group(let group): elements.append(element(of: group))
      }
    }
    return elements.reversed()
  }

  private mutating func element(of group: LayerGroup) -> XMLElement {
    let attributes = group.attributes
    let isIsolated = !group.isPassThrough || attributes.opacity.fraction < 1
    if isIsolated, group.isPassThrough { warnings.append(.isolated(node: attributes.name)) }
    return XMLElement(
      "stack", attributes.elements + [.init("isolation", isIsolated ? "isolate" : "auto")],
      children: elements(of: group.children))
  }

  private mutating func element(of layer: Layer) -> XMLElement {
    let name = layer.attributes.name
    if layer.pixels == nil { warnings.append(.empty(node: name)) }
    if layer.text != nil { warnings.append(.text(node: name)) }
    layers.append(layer)
    return XMLElement(
      "layer",
      layer.attributes.elements + [
        .init("src", Self.entryName(ofPicture: layers.count - 1)), .init("x", "\(layer.origin.x)"),
        .init("y", "\(layer.origin.y)"),
      ])
  }
}

extension LayerAttributes {
  /// The attributes that layers and stacks share.
  fileprivate var elements: [XMLElement.Attribute] {
    [
      .init("name", name), .init("opacity", "\(opacity.fraction)"),
      .init("visibility", isVisible ? "visible" : "hidden"),
      .init("composite-op", blendMode.openRasterName ?? "svg:src-over"),
    ]
  }
}

extension Double {
  /// The nearest whole number above 0; 72 where none is near.
  fileprivate var wholeNumber: Int {
    Int(exactly: rounded()).map { Swift.max(1, $0) } ?? 72
  }
}
