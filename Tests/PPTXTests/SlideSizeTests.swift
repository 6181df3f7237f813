import DocumentModel
import PPTX
import Raster
import StrictXML
import Testing

/// A canvas, its resolution, and the slide that it needs.
struct SlideCase: Sendable {
  let canvas: (Int, Int)
  let resolution: (Double, Double)
  let slide: (Int, Int)
  let exceeds: Bool

  static let all = [
    SlideCase(canvas: (640, 480), resolution: (72, 72), slide: (8_128_000, 6_096_000)),
    SlideCase(canvas: (640, 480), resolution: (144, 72), slide: (4_064_000, 6_096_000)),
    SlideCase(canvas: (1, 1), resolution: (72, 72), slide: (914_400, 914_400)),
    SlideCase(canvas: (8000, 4000), resolution: (72, 72), slide: (51_206_400, 25_603_200)),
    SlideCase(
      canvas: (30_001, 10), resolution: (300, 300), slide: (51_206_400, 914_400), exceeds: true),
    SlideCase(
      canvas: (1, 1 << 20), resolution: (72, 72), slide: (914_400, 51_206_400), exceeds: true),
    SlideCase(canvas: (9, 9), resolution: (1e-300, 1e-300), slide: (8_229_600, 8_229_600)),
    SlideCase(canvas: (9, 9), resolution: (1e300, 1e300), slide: (914_400, 914_400)),
    SlideCase(
      canvas: (9, 9), resolution: (1e300, 1e-300), slide: (914_400, 51_206_400), exceeds: true),
  ]

  init(
    canvas: (Int, Int), resolution: (Double, Double), slide: (Int, Int), exceeds: Bool = false
  ) {
    self.canvas = canvas
    self.resolution = resolution
    self.slide = slide
    self.exceeds = exceeds
  }
}

@Suite struct SlideSizeTests {
  @Test(arguments: SlideCase.all)
  func theSlideHasTheCanvassSizeWithinItsLimits(example: SlideCase) throws {
    let resolution = try Resolution(
      horizontal: example.resolution.0, vertical: example.resolution.1)
    let size = PixelSize(width: example.canvas.0, height: example.canvas.1)
    let document = try LayeredDocument(
      canvas: size, resolution: resolution,
      nodes: [
        .layer(Layer(attributes: .init(name: "all"), pixels: plain(size.width, size.height)))
      ])
    let file = try TinyPresentation(document)
    let slide = try #require(try file.element("ppt/presentation.xml").all("p:sldSz").first)
    #expect([slide["cx"], slide["cy"]] == ["\(example.slide.0)", "\(example.slide.1)"])
    #expect(file.warnings.contains(.slideExceedsCanvas) == example.exceeds)
    let place = try #require(file.shapes.first?.place)
    #expect(place[0] == 0 && place[1] == 0)
    if !example.exceeds { #expect(place[2...] == [example.slide.0, example.slide.1]) }
  }

  @Test func layersOutOfReachAreCroppedToTheCanvas() throws {
    let far = Int32.max - 10
    let nodes: [LayerNode] = [
      try layer(.init(name: "far"), at: PixelPoint(x: far, y: 0)),
      // One pixel is an inch on the slide, so that this one ends 3,000 inches to the right.
      .layer(
        Layer(attributes: .init(name: "wide"), pixels: try plain(3000, 1), origin: .zero)),
      .layer(
        Layer(
          attributes: .init(name: "words"), pixels: try plain(1, 1),
          origin: PixelPoint(x: .min, y: .min), text: TextContent("words"))),
    ]
    let document = try LayeredDocument(canvas: PixelSize(width: 1, height: 1), nodes: nodes)
    let file = try TinyPresentation(document)
    #expect(
      file.warnings == [
        .cropped(node: "far"), .cropped(node: "wide"), .cropped(node: "words"), .scaled(72),
      ])
    #expect(file.shapes.map(\.place) == [[0, 0, 914_400, 914_400]])
    #expect(try file.picture(file.shapes[0]) == plain(1, 1))
  }

  @Test func layersThatMeetOnTheCanvasMeetOnTheSlide() throws {
    let nodes = try (0..<100).map { index in
      try layer(.init(name: ""), at: PixelPoint(x: Int32(index) * 3, y: 0))
    }
    let document = try LayeredDocument(
      canvas: PixelSize(width: 300, height: 200),
      resolution: Resolution(horizontal: 97.3, vertical: 97.3), nodes: nodes)
    let places = try TinyPresentation(document).shapes.map(\.place)
    for (place, next) in zip(places, places.dropFirst()) { #expect(place[0] + place[2] == next[0]) }
  }
}
