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

extension [UInt8] {
  /// The PNG with the text "a" = "b" before its end.
  fileprivate var withTextChunk: [UInt8] {
    // The checksum is that of "tEXta\0b".
    dropLast(12) + [0, 0, 0, 3, 0x74, 0x45, 0x58, 0x74, 0x61, 0, 0x62, 0xDC, 0x49, 0xA2, 0x3B]
      + suffix(12)
  }
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
        .simplified(.merged(node: "masked")), .simplified(.leftOut(node: "base", shadow)),
        .simplified(.fillOpacity(node: "base")), .simplified(.merged(node: "base")),
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

  @Test func anUneditedPictureKeepsItsBytes() throws {
    let image = try opaque(2, 1)
    let names = ["data/odd name.png", "data/b.png"]
    // Deflated pixels may be packed in many ways: a chunk of text shows that bytes are the very same.
    let marked = try image.encoded(as: .png).withTextChunk
    let bytes = Bytes()
    var archive = ZipWriter { bytes.all += $0 }
    try archive.append(Array("image/openraster".utf8), named: "mimetype", method: .stored)
    let layers = names.map { "<layer src='\($0)' x='1' y='2'/>" }.joined()
    let xml = "<image w='8' h='6'><stack>\(layers)</stack></image>"
    try archive.append(Array(xml.utf8), named: "stack.xml")
    for name in names { try archive.append(marked, named: name, method: .stored) }
    try archive.finish()
    let file = try OpenRasterFile(decoding: bytes.all)
    #expect(file.document.layers.map(\.attributes.source.index) == [3, 2])

    var nodes = file.document.nodes
    var edited = try #require(file.document.layers.last)
    edited.attributes.name = "moved and painted"
    edited.origin = .zero
    edited.pixels?[x: 0, y: 0] = .clear
    nodes[1] = .layer(edited)
    let output = Bytes()
    try file.document.withNodes(nodes).writeOpenRaster(reusing: file) { output.all += $0 }
    let written = try ZipArchive(output.all)
    #expect(try written.contents(of: "data/layer-0.png") == marked)
    let painted = try #require(try written.contents(of: "data/layer-1.png"))
    #expect(try DecodedImage(decoding: painted).image == edited.pixels)
  }

  @Test func whatIsLostIsSaid() throws {
    let mask = LayerMask(pixels: nil, defaultValue: 0, isDisabled: true)
    let text = Layer(
      attributes: LayerAttributes(name: "text", mask: mask), pixels: try opaque(1, 1),
      text: TextContent("words"))
    let document = try LayeredDocument(
      canvas: canvas, resolution: Resolution(horizontal: 72.5, vertical: 1e300), profile: [1],
      nodes: [
        .layer(text), .layer(Layer(attributes: LayerAttributes(name: "curves"), pixels: nil)),
      ])
    let (bytes, warnings) = try written(document)
    #expect(
      warnings == [
        .simplified(.switchedOffMask(node: "text")), .text(node: "text"), .empty(node: "curves"),
        .resolution(document.resolution), .profile,
      ])
    #expect(warnings.allSatisfy { !$0.description.contains("\n") })
    let read = try OpenRasterFile(decoding: bytes).document
    #expect(read.resolution == (try Resolution(horizontal: 73, vertical: 72)))
    #expect(try read.composite() == document.composite())
  }

  @Test(arguments: [0, 0.1, 1 / 3, 0.3, 0.00001, 0.999999, 1] as [Double])
  func opacityComesBackToTheLastDigit(fraction: Double) throws {
    let opacity = try #require(Opacity(fraction: fraction))
    let document = try LayeredDocument(
      canvas: canvas, nodes: [layer(LayerAttributes(name: "", opacity: opacity))])
    let read = try OpenRasterFile(decoding: written(document).bytes).document
    #expect(read.layers.map(\.attributes.opacity) == [opacity])
  }

  @Test func placesBetweenPixelsGoToTheNearest() throws {
    let xml = """
      <image w='8' h='6'><stack><layer src='data/a.png' name='l' x='1.25' y='-2.75'/></stack></image>
      """
    let read = try OpenRasterFile(decoding: file(stack: xml))
    #expect(read.document.layers.map(\.origin) == [PixelPoint(x: 1, y: -3)])
    #expect(read.warnings == [.fraction(node: "l")])
  }

  @Test func whatTheSinkThrowsEndsTheWriting() throws {
    struct Full: Error {}
    let document = try LayeredDocument(canvas: canvas, nodes: [layer(LayerAttributes(name: ""))])
    let byteCount = try written(document).bytes.count
    for limit in stride(from: 0, to: byteCount, by: 97) {
      let bytes = Bytes()
      #expect(throws: Full.self) {
        try document.writeOpenRaster { part in
          guard bytes.all.count + part.count <= limit else { throw Full() }
          bytes.all += part
        }
      }
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
