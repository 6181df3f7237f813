import Datasets
import Raster
import Testing

struct CaptioningTests {
  private let canvas = PixelSize(width: 300, height: 100)

  @Test func aCaptionNamesTextsNamesColorsAndPlaces() throws {
    let back = try Stacks.layer("sky", x: 0, y: 0, width: 300, height: 100, color: (40, 90, 220))
    var words = try Stacks.layer("t1", x: 0, y: 0, width: 60, height: 20, color: (250, 250, 250))
    words.text = "BIG\nSALE"
    let sun = try Stacks.layer("sun", x: 130, y: 40, width: 30, height: 20, color: (255, 220, 0))
    let caption = TemplateCaptioner().caption(
      of: [back, words, sun], on: canvas, category: "poster")
    #expect(caption.author == "template")
    #expect(
      caption.text == """
        A wide poster of 3 layers: a yellow layer "sun" in the middle; white text "BIG SALE" at the top left; \
        a blue layer "sky" over the whole canvas.
        """)
  }

  @Test func hostileNamesGiveOneLineOfWords() throws {
    let layer = try Stacks.layer(
      "a\u{7}\u{202E}b\"\r\n" + String(repeating: "x", count: 500), x: 0, y: 0, width: 9, height: 9,
      color: (0, 0, 0))
    let text = TemplateCaptioner().caption(of: [layer], on: canvas, category: "other").text
    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
    #expect(text.count < 200)
    #expect(text.contains("a black layer \"a b' x"))
  }

  @Test func layersBeyondSixAreCounted() throws {
    let layers = try (0..<9).map {
      try Stacks.layer("n\($0)", x: 0, y: 0, width: 9, height: 9, color: (0, 0, 0))
    }
    let text = TemplateCaptioner().caption(of: layers, on: canvas, category: "other").text
    #expect(text.hasSuffix("; and 3 more."))
  }

  @Test(arguments: [
    ("posters/Summer.psd", ["x"], Category.other), ("a/summer poster.psd", ["icon"], .poster),
    ("a/b.psd", ["Layer 1", "Nav Button"], .ui), ("Adverse.psd", ["madder"], .other),
  ])
  func categoriesComeFromWholeWords(path: String, names: [String], category: Category) {
    #expect(Category(path: path, layerNames: names) == category)
  }
}
