import DocumentModel
import Raster
import StrictXML

/// Turns the layers and groups of a simplified document into the shapes of a slide and the pictures that
/// they show.
struct SlideWriter {
  /// A shape and the rectangle that it fills.
  private typealias Placed = (shape: XMLElement, place: SlideGeometry.Rectangle)

  let geometry: SlideGeometry
  /// The pictures in the order of their parts, those of the slide's relationships 2 and up.
  private(set) var pictures: [RasterImage] = []
  private(set) var warnings: [PowerPointWarning] = []
  /// The last number given to a shape; 1 is the tree's.
  private var lastShapeNumber = 1

  init(geometry: SlideGeometry) {
    self.geometry = geometry
  }

  /// The slide; the shape at the back comes first.
  mutating func slide(of nodes: [LayerNode]) -> XMLElement {
    let shapes = shapes(of: nodes, opacity: 1).map(\.shape)
    return XMLElement(
      "p:sld", PresentationNamespace.all,
      children: [
        XMLElement("p:cSld", children: [.shapeTree(shapes)]),
        XMLElement("p:clrMapOvr", children: [XMLElement("a:masterClrMapping")]),
      ])
  }

  private mutating func shapes(of siblings: [LayerNode], opacity: Double) -> [Placed] {
    var shapes: [Placed] = []
    for node in siblings {
      let attributes = node.attributes
      if ![.normal, .passThrough].contains(attributes.blendMode) {
        warnings.append(.blending(node: attributes.name, attributes.blendMode))
      }
      let opacity = opacity * attributes.opacity.fraction
      let shape =
        switch node {
        case .layer(let layer): shape(of: layer, opacity: opacity)
        case .group(let group): shape(of: group, opacity: opacity)
        }
      if let shape { shapes.append(shape) }
    }
    return shapes
  }

  private mutating func shape(of group: LayerGroup, opacity: Double) -> Placed? {
    let name = group.attributes.name
    if group.attributes.opacity.fraction < 1 { warnings.append(.groupOpacity(node: name)) }
    let properties = nextProperties(of: group.attributes)
    let members = shapes(of: group.children, opacity: opacity)
    guard let first = members.first else {
      warnings.append(.empty(node: name))
      return nil
    }
    let place = members.dropFirst().reduce(first.place) { $0.union($1.place) }
    return (.group(properties, at: place, members: members.map(\.shape)), place)
  }

  private mutating func shape(of layer: Layer, opacity: Double) -> Placed? {
    let name = layer.attributes.name
    guard let pixels = layer.pixels, let frame = layer.frame else {
      warnings.append(.empty(node: name))
      return nil
    }
    guard let part = geometry.placeablePart(of: frame) else {
      warnings.append(.cropped(node: name))
      return nil
    }
    let properties = nextProperties(of: layer.attributes)
    let place = geometry.place(part)
    if let text = layer.text, text.string.contains(where: { !$0.isWhitespace }) {
      warnings.append(.textBox(node: name))
      return (.textBox(properties, at: place, text: styled(text, opacity: opacity)), place)
    }
    if part != frame { warnings.append(.cropped(node: name)) }
    let box = PixelRectangle(
      x: part.x - frame.x, y: part.y - frame.y, width: part.width, height: part.height)
    pictures.append(part == frame ? pixels : pixels.cropped(to: box))
    let relationship = PackagePart.relationship(ofPicture: pictures.count - 1)
    return (.picture(properties, at: place, relationship: relationship, opacity: opacity), place)
  }

  private func styled(_ text: TextContent, opacity: Double) -> StyledText {
    StyledText(
      lines: text.string.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline),
      fontName: text.fontName, fontSize: text.fontSize.map(geometry.fontSize(ofPixels:)),
      color: text.color ?? RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255), opacity: opacity)
  }

  private mutating func nextProperties(of attributes: LayerAttributes) -> XMLElement {
    lastShapeNumber += 1
    let hidden: [XMLElement.Attribute] = attributes.isVisible ? [] : [.init("hidden", "1")]
    return XMLElement(
      "p:cNvPr", [.init("id", "\(lastShapeNumber)"), .init("name", attributes.name)] + hidden)
  }
}
