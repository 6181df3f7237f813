import ByteIO
import Compositing
import DocumentModel
import ImageCodecs
import OpenRaster
import Raster
import Testing
import ZipArchive

/// Takes the bytes of a file in parts.
private final class Bytes { var all: [UInt8] = [] }

private func written(
  _ document: LayeredDocument
) throws -> (bytes: [UInt8], warnings: [OpenRasterWarning]) {
  let bytes = Bytes()
  let warnings = try document.writeOpenRaster { bytes.all += $0 }
  return (bytes.all, warnings)
}

/// A file with a stack.xml of one's own and a picture `data/a.png` of 2 x 1 opaque pixels.
private func file(stack xml: String, type: String = "image/openraster") throws -> [UInt8] {
  let bytes = Bytes()
  var archive = ZipWriter { bytes.all += $0 }
  try archive.append(Array(type.utf8), named: "mimetype", method: .stored)
  try archive.append(Array(xml.utf8), named: "stack.xml")
  try archive.append(try opaque(2, 1).encoded(as: .png), named: "data/a.png", method: .stored)
  try archive.finish()
  return bytes.all
}

private func opaque(_ width: Int, _ height: Int) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: width, height: height),
    filledWith: RGBAPixel(red: 9, green: 99, blue: 199, alpha: 255))
}

private func layer(
  _ attributes: LayerAttributes, at origin: PixelPoint = .zero
) throws -> LayerNode {
  .layer(Layer(attributes: attributes, pixels: try opaque(3, 2), origin: origin))
}

private let canvas = PixelSize(width: 8, height: 6)

@Suite struct OpenRasterTests {
  @Test func everythingTheFormatHoldsComesBack() throws {
    let opacity = try #require(Opacity(fraction: 0.3))
    let modes = BlendMode.allCases.filter { $0 != .passThrough }
    let layers = try modes.map { mode in
      try layer(
        LayerAttributes(
          name: "\(mode)", isVisible: mode != .hue, opacity: opacity, blendMode: mode),
        at: PixelPoint(x: -2, y: 5))
    }
    let passing = try LayerGroup(
      attributes: LayerAttributes(name: "passing", blendMode: .passThrough), children: layers)
    let isolated = try LayerGroup(
      attributes: LayerAttributes(name: "isolated", isVisible: false),
      children: [.group(passing), layer(LayerAttributes(name: "front"))])
    let document = try LayeredDocument(
      canvas: canvas, resolution: Resolution(horizontal: 300, vertical: 150),
      nodes: [layer(LayerAttributes(name: "back")), .group(isolated)])
    let (bytes, warnings) = try written(document)
    #expect(warnings.isEmpty)
    let read = try OpenRasterFile(decoding: bytes)
    #expect(read.document == document)
    #expect(read.warnings.isEmpty)
    #expect(try written(document).bytes == bytes)
  }

  @Test(arguments: [
    "", " ", "a/b", "../x", "\"><script>alert(1)</script>", "]]>&amp;<!--", "\u{202E}עברית 🎨",
    "line\nbreak\ttab", String(repeating: "n", count: 70_000),
  ])
  func anyNameComesBackAndNamesNoEntry(name: String) throws {
    let document = try LayeredDocument(canvas: canvas, nodes: [layer(LayerAttributes(name: name))])
    let bytes = try written(document).bytes
    #expect(try OpenRasterFile(decoding: bytes).document.layers.map(\.attributes.name) == [name])
    #expect(
      try ZipArchive(bytes).names
        == [
          "mimetype", "stack.xml", "data/layer-0.png", "mergedimage.png",
          "Thumbnails/thumbnail.png",
        ])
  }

  @Test func theTypeComesFirstAndIsStored() throws {
    let bytes = try written(LayeredDocument(canvas: canvas, nodes: [])).bytes
    #expect(try ZipArchive(bytes).beginsWithStored("mimetype"))
    #expect(OpenRasterFile.isRecognized(firstBytes: Array(bytes.prefix(54))))
    #expect(!OpenRasterFile.isRecognized(firstBytes: Array(bytes.prefix(53))))
    #expect(try OpenRasterFile(decoding: bytes).document.nodes.isEmpty)
  }

  @Test func theMergedPictureIsTheCompositeAndTheThumbnailFits() throws {
    let wide = PixelSize(width: 3000, height: 2)
    let document = try LayeredDocument(
      canvas: wide, nodes: [.layer(Layer(attributes: .init(name: ""), pixels: opaque(3000, 1)))])
    let archive = try ZipArchive(written(document).bytes)
    let merged = try #require(try archive.contents(of: "mergedimage.png"))
    #expect(try DecodedImage(decoding: merged).image == document.composite())
    let thumbnail = try #require(try archive.contents(of: "Thumbnails/thumbnail.png"))
    #expect(
      try DecodedImage(decoding: thumbnail).image.size == PixelSize(width: 256, height: 1))
  }

  @Test func masksAndClippingAreMergedAndSaid() throws {
    let mask = LayerMask(
      pixels: try GreyImage(size: PixelSize(width: 1, height: 2), pixels: [0, 100]))
    let half = try #require(Opacity(fraction: 0.5))
    let shadow = LayerFeature(.effect, named: "drop shadow", isRendered: false)
    let through = try LayerGroup(
      attributes: LayerAttributes(name: "faint", opacity: half, blendMode: .passThrough),
      children: [])
    let document = try LayeredDocument(
      canvas: canvas,
      nodes: [
        layer(LayerAttributes(name: "masked", blendMode: .screen, mask: mask)),
        layer(LayerAttributes(name: "base", fillOpacity: half, features: [shadow])),
        layer(
          LayerAttributes(name: "clipped", blendMode: .multiply, isClipped: true),
          at: PixelPoint(x: 1, y: 1)),
        .group(through),
      ])
    let (bytes, warnings) = try written(document)
    #expect(
      warnings == [
        .merged(node: "masked"), .leftOut(node: "base", shadow), .merged(node: "base"),
        .isolated(node: "faint"),
      ])
    let read = try OpenRasterFile(decoding: bytes).document
    #expect(read.layers.map(\.attributes.name) == ["masked", "base"])
    let comparison = try Recomposition(of: document.composite(), from: read.composite())
    #expect(comparison.maximumError <= 1)
  }

  @Test func offsetsOfStacksAddUpAndOddThingsAreSaid() throws {
    let xml = """
      <image w='8' h='6'><stack x='1'><filter/><stack y='-2' opacity='0.5' name='g'>
      <layer src='data/a.png' x='3' y='4' composite-op='svg:dst-out' name='l'/>
      </stack></stack></image>
      """
    let read = try OpenRasterFile(decoding: file(stack: xml))
    #expect(read.document.layers.map(\.origin) == [PixelPoint(x: 4, y: 2)])
    #expect(read.document.nodes.map(\.attributes.blendMode) == [.normal])
    #expect(
      Set(read.warnings) == [
        .unknownElement(name: "filter"), .unknownBlending(node: "l", name: "svg:dst-out"),
      ])
  }

  @Test(arguments: [
    "<stack/>", "<image h='6'><stack/></image>", "<image w='x' h='6'><stack/></image>",
    "<image w='8' h='6'/>", "<image w='0' h='6'><stack/></image>",
    "<image w='99999999' h='99999999'><stack/></image>",
    "<image w='8' h='6'><stack><layer/></stack></image>",
    "<image w='8' h='6'><stack><layer src='data/absent.png'/></stack></image>",
    "<image w='8' h='6'><stack><layer src='../../etc/passwd'/></stack></image>",
    "<image w='8' h='6'><stack><layer src='stack.xml'/></stack></image>",
    "<image w='8' h='6'><stack><layer src='data/a.png' x='99999999999'/></stack></image>",
    "<image w='8' h='6'><stack x='2147483647'><layer src='data/a.png' x='1'/></stack></image>",
    "<image w='8' h='6'><stack><layer src='data/a.png' opacity='nan'/></stack></image>",
    "<!DOCTYPE image><image w='8' h='6'><stack/></image>",
    "<image w='8' h='6'><stack>" + String(repeating: "<stack>", count: 65)
      + String(repeating: "</stack>", count: 65) + "</stack></image>",
    "<image w='8' h='6'><stack>" + String(repeating: "<layer src='data/a.png'/>", count: 8193)
      + "</stack></image>",
  ])
  func stacksThatAreNoneAreRefused(xml: String) throws {
    let bytes = try file(stack: xml)
    #expect(throws: (any Error).self) { try OpenRasterFile(decoding: bytes) }
  }

  @Test func anotherTypeIsRefused() throws {
    let xml = "<image w='8' h='6'><stack/></image>"
    #expect(try OpenRasterFile(decoding: file(stack: xml)).document.canvas == canvas)
    #expect(throws: MalformedData.self) {
      try OpenRasterFile(decoding: file(stack: xml, type: "application/zip"))
    }
  }

  @Test func twoHundredLayersComeBackInOrder() throws {
    let nodes = try (0..<200).map { index in
      try layer(LayerAttributes(name: "same"), at: PixelPoint(x: Int32(index), y: 0))
    }
    let document = try LayeredDocument(canvas: canvas, nodes: nodes)
    #expect(try OpenRasterFile(decoding: written(document).bytes).document == document)
  }
}
