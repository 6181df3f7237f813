import Compositing
import DocumentFormats
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import Raster
import Testing

/// `flatten`: every kind of picture, and its background.
struct FlattenTests {
  /// A canvas of several bands with a half transparent layer on it.
  private func place() throws -> (Workplace, LayeredDocument) {
    let half = try #require(Opacity(fraction: 0.5))
    let layer = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: "a", opacity: half),
        pixels: try noise(width: 90, height: 70), origin: PixelPoint(x: 5, y: -9)))
    let document = try LayeredDocument(canvas: PixelSize(width: 100, height: 80), nodes: [layer])
    let place = try Workplace()
    try DocumentDestination(place.folder["in.ora"], overwriting: false).write(document)
    return (place, document)
  }

  /// Pixels that no format packs into few bytes.
  private func noise(width: Int, height: Int) throws -> RasterImage {
    var state: UInt64 = 1
    let bytes = (0..<width * height * 4).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
    return try RasterImage(size: PixelSize(width: width, height: height), pixels: bytes)
  }

  private func flattened(_ place: Workplace, _ arguments: String...) throws -> RasterImage {
    let outcome = try place.run(["flatten", "in.ora", "-o"] + arguments)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.text == "\(arguments[0]): 100 x 80\n")
    return try DecodedImage(contentsOf: place.folder[arguments[0]]).image
  }

  @Test(arguments: ["out.png", "out.PNG", "out.webp"])
  func losslessPicturesAreTheComposite(name: String) throws {
    let (place, document) = try place()
    #expect(try flattened(place, name) == document.composite())
    #expect(try place.leftovers() == ["in.ora", name])
  }

  @Test func aBackgroundLiesBelow() throws {
    let (place, document) = try place()
    let blue = RGBAPixel(red: 0, green: 0, blue: 255, alpha: 128)
    let image = try flattened(place, "out.png", "--background", "#0000ff80")
    let backdrop = try RasterImage(size: document.canvas, filledWith: blue)
    #expect(try image == backdrop.composited(under: document.composite()))
    #expect(try flattened(place, "white.png", "--background", "white").isOpaque)
  }

  @Test func coloursOfAProfileBecomeSRGB() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "ImageCodecsTests/Fixtures/profiles/wide.icc")
    let profile = try [UInt8](Data(contentsOf: fixtures))
    let (place, plain) = try place()
    var document = plain
    document.profile = profile
    try DocumentDestination(place.folder["in.psd"], overwriting: false).write(document)
    #expect(try place.run(["flatten", "in.psd", "-o", "out.png"]).code == 0)
    let found = try DecodedImage(contentsOf: place.folder["out.png"]).image
    let colors = try #require(ColorProfile(profile, of: .rgb))
    #expect(try found == plain.composite().convertedToSRGB(from: colors))
    #expect(try found != plain.composite())
  }

  @Test func jpegIsWhiteWhereNothingShows() throws {
    let (place, _) = try place()
    for name in ["out.jpg", "out.jpeg"] {
      let image = try flattened(place, name)
      #expect(image.isOpaque && image[x: 50, y: 75].red >= 250)
    }
    let image = try flattened(place, "black.jpg", "--background", "black")
    #expect(image[x: 50, y: 75].red <= 5)
  }

  @Test(arguments: [
    ["out.gif"], ["out"], ["out.png", "--background", "mauvish"],
    ["out.jpg", "--background", "transparent"], ["out.jpg", "--background", "#00000080"],
  ])
  func wrongUsageIsExplained(arguments: [String]) throws {
    let (place, _) = try place()
    let outcome = try place.run(["flatten", "in.ora", "-o"] + arguments)
    #expect(outcome.code == 64, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("Error: ") && outcome.errors.contains("Usage: layered"))
    #expect(try place.leftovers() == ["in.ora"])
  }

  @Test(arguments: ["out.png", "out.webp", "out.jpg"])
  func anOutputIsReplacedOnlyWhenForced(name: String) throws {
    let (place, _) = try place()
    try place.folder.write([1], to: name)
    let arguments = ["flatten", "in.ora", "-o", name]
    expectRefusal(try place.run(arguments), 73, naming: "exists already")
    #expect(try place.folder.bytes(of: name) == [1])
    expectRefusal(
      try place.run(arguments + ["--force"], shell: "ulimit -f 1"), 74, naming: "File too large")
    #expect(try place.folder.bytes(of: name) == [1])
    #expect(try place.run(arguments + ["--force"]).code == 0)
    #expect(try place.folder.bytes(of: name).count > 1)
    #expect(try place.leftovers() == ["in.ora", name])
  }

  @Test func aPictureMayBeFlattenedOntoItself() throws {
    let place = try Workplace()
    let before = try DecodedImage(contentsOf: place.folder["picture.png"]).image
    let arguments = ["flatten", "picture.png", "-o", "picture.png"]
    expectRefusal(try place.run(arguments), 73, naming: "exists already")
    #expect(try place.run(arguments + ["--force"]).code == 0)
    #expect(try DecodedImage(contentsOf: place.folder["picture.png"]).image == before)
  }

  @Test func aCanvasThatTheFormatCannotHoldIsRefused() throws {
    let place = try Workplace()
    let wide = try LayeredDocument(canvas: PixelSize(width: 16_384, height: 1), nodes: [])
    try DocumentDestination(place.folder["in.ora"], overwriting: false).write(wide)
    expectRefusal(
      try place.run(["flatten", "in.ora", "-o", "out.webp"]), 65, naming: "out.webp", "16383")
    #expect(try place.leftovers() == ["in.ora"])
    #expect(try place.run(["flatten", "in.ora", "-o", "out.png"]).code == 0)
  }

  @Test func whatIsNotThereCannotBeFlattened() throws {
    let place = try Workplace()
    expectRefusal(
      try place.run(["flatten", "none.psd", "-o", "out.png"]), 66, naming: "none.psd")
    expectRefusal(
      try place.run(["flatten", "picture.png", "-o", "none/out.png"]), 73, naming: "none/out.png")
    #expect(try place.leftovers().isEmpty)
  }
}
