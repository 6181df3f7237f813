import ByteIO
import DocumentModel
import ImageCodecs
import Raster
import StrictXML
import ZipArchive

/// Turns the elements of stack.xml into layers and groups.
///
/// Source: OpenRaster specification 0.0.6, "Layer Stack Specification".
struct StackReader {
  private let archive: ZipArchive
  private let entryIndices: [String: Int]
  private let options: DecodingOptions
  /// Decoded pictures by their entries.
  private(set) var pictures: [String: RasterImage] = [:]
  private var remainingPixelCount = OpenRasterFile.maximumPixelCount
  private(set) var warnings: [OpenRasterWarning] = []

  init(archive: ZipArchive, options: DecodingOptions) {
    self.archive = archive
    self.options = options
    // Names of an archive do not repeat.
    entryIndices = Dictionary(
      archive.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func document(of image: XMLElement) throws -> LayeredDocument {
    guard image.name == "image" else {
      throw MalformedData(
        .unexpected(found: image.name.debugDescription, expected: "\"image\""), in: "root element",
        at: image.offset)
    }
    guard let width: Int = try image.number("w"), let height: Int = try image.number("h") else {
      throw MalformedData(.invalid("lacks w or h"), in: "image", at: image.offset)
    }
    guard let stack = image.children.first(where: { $0.name == "stack" }) else {
      throw MalformedData(.invalid("holds no stack"), in: "image", at: image.offset)
    }
    let horizontal: Double? = try image.number("xres")
    let vertical: Double? = try image.number("yres")
    let resolution = try? Resolution(
      horizontal: horizontal ?? vertical ?? 0, vertical: vertical ?? horizontal ?? 0)
    return try LayeredDocument(
      canvas: PixelSize(width: width, height: height), resolution: resolution ?? .screen,
      nodes: members(of: stack, at: origin(of: stack, from: .zero)))
  }

  /// The members of a stack back to front; the file has the front one first.
  ///
  /// The parser bounds how deep stacks lie in one another.
  private mutating func members(
    of stack: XMLElement, at origin: PixelPoint
  ) throws -> [LayerNode] {
    var nodes: [LayerNode] = []
    for element in stack.children.reversed() {
      let origin = try self.origin(of: element, from: origin)
      switch element.name {
      case "layer":
        var attributes = try attributes(of: element)
        attributes.source = SourceReference(index: element["src"].flatMap { entryIndices[$0] })
        nodes.append(
          .layer(
            Layer(
              attributes: attributes, pixels: try picture(of: element, named: attributes.name),
              origin: origin)))
      case "stack":
        var attributes = try attributes(of: element)
        if attributes.blendMode == .normal, attributes.opacity == .opaque,
          element["isolation"] != "isolate"
        {
          attributes.blendMode = .passThrough
        }
        let children = try members(of: element, at: origin)
        nodes.append(.group(try LayerGroup(attributes: attributes, children: children)))
      default:
        warnings.append(.unknownElement(name: element.name))
      }
    }
    return nodes
  }

  private mutating func attributes(of element: XMLElement) throws -> LayerAttributes {
    let name = element["name"] ?? ""
    var attributes = LayerAttributes(name: name, isVisible: element["visibility"] != "hidden")
    if let fraction: Double = try element.number("opacity"),
      let opacity = Opacity(fraction: fraction)
    {
      attributes.opacity = opacity
    }
    if let operation = element["composite-op"] {
      if let mode = BlendMode(openRasterName: operation) {
        attributes.blendMode = mode
      } else {
        warnings.append(.unknownBlending(node: name, name: operation))
      }
    }
    return attributes
  }

  /// The element's own offset added to that of the stack around it, to the nearest pixel.
  private mutating func origin(
    of element: XMLElement, from outer: PixelPoint
  ) throws(MalformedData) -> PixelPoint {
    let x: Double = try element.number("x") ?? 0
    let y: Double = try element.number("y") ?? 0
    let sumX = (Double(outer.x) + x).rounded()
    let sumY = (Double(outer.y) + y).rounded()
    guard let pixelX = Int32(exactly: sumX), let pixelY = Int32(exactly: sumY) else {
      throw MalformedData(
        .invalid("lies out of range"), in: "\(element.name) x or y", at: element.offset)
    }
    if sumX != Double(outer.x) + x || sumY != Double(outer.y) + y {
      warnings.append(.fraction(node: element["name"] ?? ""))
    }
    return PixelPoint(x: pixelX, y: pixelY)
  }

  /// The picture of a layer; one that several layers show is decoded once.
  private mutating func picture(
    of layer: XMLElement, named name: String
  ) throws -> RasterImage? {
    guard let source = layer["src"] else {
      throw MalformedData(.invalid("has no src"), in: "layer", at: layer.offset)
    }
    if let picture = pictures[source] { return picture }
    guard let bytes = try archive.contents(of: source) else {
      throw MalformedData(
        .invalid("names no entry of the file"), in: "src \(source.debugDescription)",
        at: layer.offset)
    }
    var options = options
    options.maximumPixelCount = min(options.maximumPixelCount, remainingPixelCount)
    do throws(ImageCodecError) {
      let decoded = try DecodedImage(decoding: bytes, options: options)
      warnings += decoded.warnings.map { .picture(node: name, $0) }
      remainingPixelCount -= decoded.image.pixels.count / 4
      pictures[source] = decoded.image
      return decoded.image
    } catch {
      throw ImageCodecError(error.problem, path: source)
    }
  }
}

extension XMLElement {
  /// The number that an attribute holds; `nil` where there is no such attribute.
  fileprivate func number<Number: LosslessStringConvertible>(
    _ attribute: String
  ) throws(MalformedData) -> Number? {
    guard let text = self[attribute] else { return nil }
    // Words such as "nan" and hexadecimal numbers are none here.
    let isDecimal = text.utf8.allSatisfy { byte in "+-.0123456789eE".utf8.contains(byte) }
    guard isDecimal, let number = Number(text) else {
      throw MalformedData(
        .unexpected(found: text.debugDescription, expected: "a number"), in: "\(name) \(attribute)",
        at: offset)
    }
    return number
  }
}
