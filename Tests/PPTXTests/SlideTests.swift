import Compositing
import DocumentModel
import PPTX
import Raster
import StrictXML
import Testing

/// At 72 pixels per inch a pixel is 12,700 units: a slide of 200 x 100 pixels.
private let canvas = PixelSize(width: 200, height: 100)
private let pixel = 12_700

@Suite struct SlideTests {
  @Test func layersArePicturesAtTheirPlacesBackToFront() throws {
    let back = try layer(.init(name: "back"))
    let beyond = try layer(
      .init(name: "beyond", isVisible: false), at: PixelPoint(x: -2, y: 99))
    let file = try TinyPresentation(LayeredDocument(canvas: canvas, nodes: [back, beyond]))
    #expect(file.warnings.isEmpty)
    #expect(file.shapes.map(\.name) == ["p:pic", "p:pic"])
    #expect(file.shapes.map(\.shapeName) == ["back", "beyond"])
    #expect(
      file.shapes.map(\.place) == [
        [0, 0, 3 * pixel, 2 * pixel], [-2 * pixel, 99 * pixel, 3 * pixel, 2 * pixel],
      ])
    #expect(file.slide.all("p:cNvPr").map { $0["hidden"] } == [nil, nil, "1"])
    #expect(file.slide.all("p:cNvPr").map { $0["id"] } == ["1", "2", "3"])
    #expect(try file.picture(file.shapes[0]) == plain(3, 2))
    #expect(file.slide.all("a:alphaModFix").isEmpty)
    let size = try #require(try file.element("ppt/presentation.xml").all("p:sldSz").first)
    #expect([size["cx"], size["cy"]] == ["2540000", "1270000"])
  }

  @Test func groupsHoldTheirMembersInTheSlidesOwnCoordinates() throws {
    let half = try #require(Opacity(fraction: 0.5))
    let inner = try LayerGroup(
      attributes: LayerAttributes(name: "inner", isVisible: false),
      children: [layer(.init(name: "a", opacity: half), at: PixelPoint(x: 10, y: 20))])
    let outer = try LayerGroup(
      attributes: LayerAttributes(name: "outer", opacity: half),
      children: [.group(inner), layer(.init(name: "b"), at: PixelPoint(x: 1, y: 30))])
    let bare = try LayerGroup(attributes: LayerAttributes(name: "bare"), children: [])
    let file = try TinyPresentation(
      LayeredDocument(canvas: canvas, nodes: [.group(outer), .group(bare)]))
    #expect(file.warnings == [.groupOpacity(node: "outer"), .empty(node: "bare")])
    let groups = file.slide.all("p:grpSp")
    #expect(groups.map(\.shapeName) == ["outer", "inner"])
    #expect(groups.map { $0.all("p:cNvPr")[0]["hidden"] } == [nil, "1"])
    #expect(groups[0].place == [pixel, 20 * pixel, 12 * pixel, 12 * pixel])
    for group in groups {
      let transform = try #require(group.all("a:xfrm").first?.children)
      #expect(transform.map(\.name) == ["a:off", "a:ext", "a:chOff", "a:chExt"])
      #expect(transform[0].attributes == transform[2].attributes)
      #expect(transform[1].attributes == transform[3].attributes)
    }
    #expect(groups[0].all("a:alphaModFix").map { $0["amt"] } == ["25000", "50000"])
  }

  @Test func textStandsInABoxWithItsFontSizeAndColour() throws {
    let text = TextContent(
      "One & <two>\n\nthree\u{1}", fontName: "Noto \"Sans\"", fontSize: 12,
      color: RGBAPixel(red: 255, green: 10, blue: 0, alpha: 255))
    let half = try #require(Opacity(fraction: 0.5))
    let document = try LayeredDocument(
      canvas: canvas, resolution: Resolution(horizontal: 144, vertical: 144),
      nodes: [
        .layer(
          Layer(
            attributes: LayerAttributes(name: "words", opacity: half), pixels: plain(40, 30),
            origin: PixelPoint(x: 4, y: 6), text: text))
      ])
    let file = try TinyPresentation(document)
    #expect(file.warnings.first == .textBox(node: "words"))
    let shape = try #require(file.shapes.first)
    #expect(shape.name == "p:sp")
    // The slide is enlarged by 1.44 so that 100 pixels of 144 an inch are one inch.
    #expect(shape.place == [36_576, 54_864, 365_760, 274_320])
    #expect(shape.all("a:p").count == 3)
    #expect(shape.all("a:rPr").map { $0["sz"] } == ["864", "864"])
    #expect(shape.all("a:endParaRPr").count == 1)
    #expect(shape.all("a:srgbClr").first?["val"] == "FF0A00")
    #expect(shape.all("a:alpha").first?["val"] == "50000")
    #expect(shape.all("a:latin").first?["typeface"] == "Noto \"Sans\"")
    let bytes = try #require(try file.archive.contents(of: "ppt/slides/slide1.xml"))
    let xml = String(decoding: bytes, as: UTF8.self)
    #expect(xml.contains("<a:t>One &amp; &lt;two&gt;</a:t>"))
    #expect(xml.contains("<a:t>three</a:t>"))
    #expect(!file.archive.names.contains { $0.hasSuffix(".png") })
  }

  @Test(arguments: [
    "", "../x", "\"><script>alert(1)</script>", "]]>&amp;<!--", "\u{202E}עברית 🎨", "tab\tline\n",
    String(repeating: "n", count: 70_000),
  ])
  func anyNameComesBack(name: String) throws {
    let file = try TinyPresentation(
      LayeredDocument(canvas: canvas, nodes: [layer(.init(name: name))]))
    #expect(file.shapes.map(\.shapeName) == [name])
  }

  @Test func charactersThatXMLForbidsAreLeftOutOfNames() throws {
    let file = try TinyPresentation(
      LayeredDocument(canvas: canvas, nodes: [layer(.init(name: "a\u{0}\u{1B}\u{FFFE}b"))]))
    #expect(file.shapes.map(\.shapeName) == ["ab"])
  }

  @Test func masksAreMergedAndBlendModesSaid() throws {
    let mask = LayerMask(
      pixels: try GreyImage(size: PixelSize(width: 1, height: 2), pixels: [0, 0]),
      origin: PixelPoint(x: 5, y: 5))
    let document = try LayeredDocument(
      canvas: canvas, profile: [1],
      nodes: [
        layer(.init(name: "masked", blendMode: .screen, mask: mask), at: PixelPoint(x: 5, y: 5)),
        .layer(Layer(attributes: .init(name: "curves"), pixels: nil)),
      ])
    let file = try TinyPresentation(document)
    #expect(
      file.warnings == [
        .simplified(.merged(node: "masked")), .blending(node: "masked", .screen),
        .empty(node: "curves"), .profile,
      ])
    #expect(file.shapes.map(\.place) == [[6 * pixel, 5 * pixel, 2 * pixel, 2 * pixel]])
    #expect(try file.picture(file.shapes[0]) == plain(2, 2))
    #expect(file.warnings.allSatisfy { !$0.description.contains("\n") })
  }
}
