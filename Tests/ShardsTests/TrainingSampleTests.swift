import Raster
import Shards
import Testing

struct TrainingSampleTests {
  @Test func aSampleComesBackFromItsBytes() throws {
    let sample = try Samples.sample(3, names: ["Hintergrund", "שלום \"x\" \u{202E}"])
    let encoded = try EncodedSample(sample)
    #expect(try encoded.decoded() == sample)
    #expect(encoded.bytes.count % 512 == 0)
  }

  @Test func membersAreNamedForTheirKeyAndPlace() throws {
    let members = try EncodedSample(Samples.sample(3, key: "a_b-C9")).members()
    #expect(
      members.map(\.name) == [
        "a_b-C9.json", "a_b-C9.composite.png", "a_b-C9.layer-00.png", "a_b-C9.layer-01.png",
      ])
  }

  @Test func boundingBoxesAreThoseOfThePixels() throws {
    let layers = try Samples.sample(2).description.layers
    #expect(layers[0].boundingBox == PixelRectangle(x: 0, y: 0, width: 12, height: 9))
    #expect(layers[1].boundingBox == PixelRectangle(x: 2, y: 3, width: 3, height: 4))
  }

  @Test(arguments: ["", "a.b", "a/b", "../x", "ä", String(repeating: "a", count: 65), "a b"])
  func keysThatAreNoFileNamesAreRefused(key: String) {
    #expect(throws: SampleFault.self) { try Samples.sample(0, key: key) }
  }

  @Test(arguments: ["", "  \n", "\u{A0}"]) func anEmptyCaptionIsRefused(caption: String) {
    let fault = #expect(throws: SampleFault.self) { try Samples.sample(0, caption: caption) }
    #expect(fault?.reason == .emptyCaption)
  }

  @Test func aControlCharacterInACaptionIsRefused() {
    let fault = #expect(throws: SampleFault.self) { try Samples.sample(0, caption: "a\u{7}b") }
    #expect(fault?.reason == .controlCharacterInCaption)
  }

  @Test(arguments: ["", "Poster", "two words"]) func aCategoryIsOneLowerCaseWord(word: String) {
    #expect(throws: SampleFault.self) { try Samples.sample(0, category: word) }
  }

  @Test func aSourceHashHasSixtyFourDigits() {
    #expect(throws: SampleFault.self) { try Samples.sample(0, sourceHash: "abc") }
  }

  @Test func aTransparentCompositeIsRefused() throws {
    let clear = try RasterImage(size: Samples.canvas)
    let stack = try LayerStack(canvas: Samples.canvas, layers: [clear])
    let fault = #expect(throws: SampleFault.self) {
      try TrainingSample(
        key: "k", composite: clear, layers: stack, names: ["n"], caption: Caption("c", by: "b"),
        category: "other", sourceHash: Samples.hash)
    }
    #expect(fault?.reason == .transparentComposite)
  }

  @Test func layersWithoutNamesAreRefused() throws {
    let fault = #expect(throws: SampleFault.self) { try Samples.sample(0, names: ["only one"]) }
    #expect(fault?.reason == .nameCount(found: 1, expected: 2))
  }
}
