import Evaluation
import FileTesting
import ImageCodecs
import Raster
import Testing

/// Designs of a few pixels in a row.
@Suite struct CrelloReferenceTests {
  private typealias Element = CrelloReference.Element

  /// An element with that alpha in each of its pixels.
  private func element(_ alphas: [UInt8], transparent: Bool = false) throws -> Element {
    let size = PixelSize(width: alphas.count, height: 1)
    return Element(
      rendering: try RasterImage(size: size, pixels: alphas.flatMap { [10, 20, 30, $0] }),
      isTransparent: transparent)
  }

  @Test func transparentElementsAreLeftOut() throws {
    let reference = try CrelloReference(elements: [
      element([255, 255, 255]), element([9, 9, 9], transparent: true), element([0, 255, 0]),
      element([255, 0, 0]),
    ])
    #expect(reference.keptIndices == [0, 2, 3])
    #expect(!reference.hasWhiteGround)
    #expect(reference.layers.layers.count == 3)
  }

  @Test func whatLiesBelowAnElementThatCoversTheCanvasIsCutOff() throws {
    let reference = try CrelloReference(elements: [
      element([255, 255]), element([0, 255]), element([255, 255]), element([255, 0]),
    ])
    #expect(reference.keptIndices == [2, 3])
  }

  /// The list is one shorter by then, and is cut at the place among all elements.
  @Test func afterAnElementWasLeftOutTheCutTakesOneTooMany() throws {
    let reference = try CrelloReference(elements: [
      element([255, 255]), element([0, 9], transparent: true), element([255, 255]),
      element([255, 0]), element([0, 255]),
    ])
    #expect(reference.keptIndices == [3, 4])
  }

  @Test func whiteGoesBelowABottomWithTransparentPixels() throws {
    let reference = try CrelloReference(elements: [element([0, 255]), element([0, 255])])
    #expect(reference.hasWhiteGround)
    #expect(reference.layers.layers.count == 3)
    #expect(reference.layers.layers[0][x: 0, y: 0].red == 255)
    #expect(reference.picture[x: 0, y: 0] == RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    #expect(reference.picture[x: 1, y: 0] == RGBAPixel(red: 10, green: 20, blue: 30, alpha: 255))
  }

  /// Two halves cover the canvas together, but each has transparent pixels.
  @Test func whiteGoesBelowABottomThatOnlyCoversTogether() throws {
    let reference = try CrelloReference(elements: [
      element([255, 0]), element([0, 255]), element([9, 255]),
    ])
    #expect(reference.hasWhiteGround)
  }

  @Test func designsOfFewerThanTwoLayersHaveNoReference() throws {
    #expect(throws: UnscorableSample.self) {
      try CrelloReference(elements: [element([255]), element([255])])
    }
    #expect(throws: UnscorableSample.self) { try CrelloReference(elements: []) }
  }

  @Test func foldersBecomeReferencesAndPictures() throws {
    let folder = try ScratchFolder()
    func write(_ alphas: [UInt8], to path: String) throws {
      try folder.write(element(alphas).rendering.encoded(as: .png), to: path)
    }
    try write([255, 255], to: "designs/a/0.png")
    try write([128, 0], to: "designs/a/1.png")
    try write([0, 128], to: "designs/a/2.png")
    try write([255], to: "designs/a/sources/1.png")
    try write([255, 255], to: "designs/b/0.png")
    try write([255, 255], to: "designs/c/0.png")
    try folder.write([1, 2, 3], to: "designs/c/1.png")
    let outcome = try CrelloFolders(path: folder["designs"]).writeReferences(
      to: folder["out"], overwriting: false
    ) { _, _ in }
    #expect(outcome.writtenCount == 1)
    #expect(outcome.skipped.map(\.name) == ["b", "c"])
    #expect(outcome.isPartial)
    // The second element is opaque by its own picture, the third transparent by its rendering.
    #expect(
      try ScratchFolder.names(in: folder["out/references/a"]).sorted() == ["00.png", "01.png"])
    #expect(try ScratchFolder.names(in: folder["out/pictures"]) == ["a.png"])
  }
}
