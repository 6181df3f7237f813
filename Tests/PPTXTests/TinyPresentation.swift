import DocumentModel
import ImageCodecs
import PPTX
import Raster
import StrictXML
import Testing
import ZipArchive

/// A document as a presentation, opened again.
struct TinyPresentation {
  let bytes: [UInt8]
  let warnings: [PowerPointWarning]
  let archive: ZipArchive
  let slide: XMLElement

  init(_ document: LayeredDocument) throws {
    let collected = Collected()
    warnings = try document.writePowerPoint { collected.bytes += $0 }
    bytes = collected.bytes
    archive = try ZipArchive(bytes)
    slide = try Self.element("ppt/slides/slide1.xml", in: archive)
  }

  private final class Collected { var bytes: [UInt8] = [] }

  static func element(_ name: String, in archive: ZipArchive) throws -> XMLElement {
    var limits = XMLLimits()
    limits.elementCount = 200_000
    return try XMLElement(
      parsing: try #require(try archive.contents(of: name), "no \(name)"), limits: limits)
  }

  func element(_ name: String) throws -> XMLElement { try Self.element(name, in: archive) }

  /// The shapes of the slide itself, back to front.
  var shapes: [XMLElement] {
    Array(slide.all("p:spTree").first?.children.dropFirst(2) ?? [])
  }

  /// The picture that the slide shows by a relationship.
  func picture(_ shape: XMLElement) throws -> RasterImage {
    let blip = try #require(shape.all("a:blip").first)
    let relationships = try element("ppt/slides/_rels/slide1.xml.rels").children
    let target = try #require(relationships.first { $0["Id"] == blip["r:embed"] }?["Target"])
    let bytes = try archive.contents(of: "ppt/" + target.dropFirst(3))
    return try DecodedImage(decoding: try #require(bytes)).image
  }
}

extension XMLElement {
  /// The elements of a name at any depth, in the order of the document.
  func all(_ name: String) -> [XMLElement] {
    (self.name == name ? [self] : []) + children.flatMap { $0.all(name) }
  }

  /// Name of the layer, from the first of the non-visual properties inside.
  var shapeName: String? { all("p:cNvPr").first?["name"] }

  /// x, y, width, height of the first transform inside.
  var place: [Int] {
    guard let offset = all("a:off").first, let extent = all("a:ext").first else { return [] }
    return [offset["x"], offset["y"], extent["cx"], extent["cy"]].compactMap {
      $0.flatMap { Int($0) }
    }
  }
}

/// A picture of one colour.
func plain(_ width: Int, _ height: Int, alpha: UInt8 = 255) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: width, height: height),
    filledWith: RGBAPixel(red: 9, green: 99, blue: 199, alpha: alpha))
}

/// A layer of 3 x 2 opaque pixels.
func layer(_ attributes: LayerAttributes, at origin: PixelPoint = .zero) throws -> LayerNode {
  .layer(Layer(attributes: attributes, pixels: try plain(3, 2), origin: origin))
}
