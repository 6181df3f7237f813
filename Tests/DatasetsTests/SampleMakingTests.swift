import Compositing
import Datasets
import DocumentModel
import ImageCodecs
import PSD
import Raster
import Shards
import Testing

/// From the bytes of a PSD file to a sample, or to the reason why there is none.
struct SampleMakingTests {
  private func make(
    _ bytes: [UInt8], _ configuration: BuildConfiguration = BuildConfiguration()
  ) throws -> (record: SourceRecord, sample: TrainingSample?) {
    var record = SourceRecord(
      path: "folder/file.psd", byteCount: bytes.count,
      sha256: String(repeating: "0123456789abcdef", count: 4))
    let encoded = SampleMaking(configuration)(bytes, record: &record)
    return (record, try encoded?.decoded())
  }

  private func make(
    _ nodes: [LayerNode], _ configuration: BuildConfiguration = BuildConfiguration()
  ) throws -> (record: SourceRecord, sample: TrainingSample?) {
    try make(Documents.document(nodes).photoshopBytes(), configuration)
  }

  @Test func aDocumentBecomesASampleThatRecomposes() throws {
    let (record, made) = try make([
      Documents.background(),
      Documents.layer("one", x: 2, y: 2, width: 12, height: 12, seed: 3),
      Documents.layer("two", x: 20, y: 8, width: 12, height: 12, seed: 4, opacity: 200),
      Documents.layer("three", x: 10, y: 5, width: 18, height: 12, seed: 5, mode: .multiply),
    ])
    let sample = try #require(made, "\(record)")
    #expect(record.outcome == .kept)
    #expect(record.layerCount == 4)
    #expect(record.contributingLayerCount == 4)
    #expect(record.mergedLayerCount == 3)
    #expect(sample.description.layers.map(\.name) == ["background", "one + two", "three"])
    #expect(sample.key == "psd-0123456789abcdef01234567")
    #expect(sample.description.caption.author == "template")
    #expect(sample.layers.composite().isOpaque)
    #expect(try Stacks.difference(sample.layers.composite(), sample.composite) <= 2)
  }

  /// Every kind of layer that adds nothing, in one file: they go, and the picture stays.
  @Test func layersThatAddNothingGoAndThePictureStays() throws {
    var hidden = try Documents.layer("hidden", x: 0, y: 0, width: 5, height: 5)
    hidden.attributes.isVisible = false
    let clear = LayerNode.layer(
      Layer(
        attributes: LayerAttributes(name: "clear"),
        pixels: try RasterImage(size: PixelSize(width: 4, height: 4))))
    let same = try Documents.background()
    let nodes = [
      try Documents.background(), hidden, clear, same,
      try Documents.layer("one", x: 2, y: 2, width: 12, height: 12, seed: 3),
      try Documents.layer("outside", x: 100, y: 0, width: 5, height: 5),
      try Documents.layer("transparent", x: 0, y: 0, width: 5, height: 5, opacity: 0),
      try Documents.layer("pixel", x: 3, y: 20, width: 1, height: 1, isSoft: false),
    ]
    let (record, made) = try make(nodes)
    let sample = try #require(made, "\(record)")
    let reasons = Dictionary(
      record.droppedLayers.map { ($0.name, $0.reason) }, uniquingKeysWith: { first, _ in first })
    #expect(reasons["hidden"] == .hidden)
    #expect(reasons["clear"] == .noPixels || reasons["clear"] == .empty)
    #expect(reasons["outside"] == .offCanvas)
    #expect(reasons["transparent"] == .opacityZero)
    #expect(reasons["pixel"] == .speck)
    // Of two that are the same, one is left.
    #expect(reasons["background"] == .identicalToBelow || reasons["background"] == .nonContributing)
    #expect(sample.description.layers.map(\.name) == ["background", "one"])
    // All but the speck, which is left out of the picture as well.
    let whole = try Documents.document(nodes.dropLast()).composite()
    #expect(try Stacks.difference(sample.composite, whole) <= 1)
  }

  @Test func aTransparentCanvasGetsAWhiteBackground() throws {
    let (record, made) = try make([
      Documents.layer("one", x: 2, y: 2, width: 12, height: 12, seed: 3)
    ])
    let sample = try #require(made)
    #expect(sample.description.layers.map(\.name) == ["white background", "one"])
    #expect(record.notes == ["white background added"])
  }

  @Test func aFileWithOneLayerIsLeftOut() throws {
    let (record, sample) = try make([Documents.background()])
    #expect(sample == nil)
    #expect(record.reason == .tooFewLayers)
    #expect(record.detail == "1 of at least 2")
  }

  @Test func whatIsNoPSDIsLeftOutWithTheFieldAndTheByte() throws {
    let (record, sample) = try make([1, 2, 3])
    #expect(sample == nil)
    #expect(record.reason == .unreadable)
    #expect(record.detail == "signature at byte 0 is cut off")
  }

  @Test func aPictureThatLayersDoNotGiveIsLeftOut() throws {
    var bytes = try Documents.document([
      Documents.background(), Documents.layer("one", x: 2, y: 2, width: 12, height: 12),
    ]).photoshopBytes()
    let file = try PhotoshopFile(reading: bytes)
    let picture = try file.mergedPicture()
    #expect(picture.size == Documents.canvas)
    // The merged picture is the last section; its last bytes are of the last packed row.
    bytes[bytes.count - 1] ^= 0x40
    let (record, sample) = try make(bytes)
    #expect(sample == nil)
    #expect(record.reason == .differsFromPicture)
    var lenient = BuildConfiguration()
    lenient.reference = .rendered
    #expect(try make(bytes, lenient).sample != nil)
  }

  @Test func aCanvasBeyondTheLimitsIsLeftOutUndecoded() throws {
    let bytes = try Documents.document([
      Documents.background(), Documents.layer("one", x: 2, y: 2, width: 12, height: 12),
    ]).photoshopBytes()
    var configuration = BuildConfiguration()
    configuration.maximumPixelCount = 1199
    #expect(try make(bytes, configuration).record.reason == .tooLarge)
    configuration = BuildConfiguration()
    configuration.minimumSide = 31
    #expect(try make(bytes, configuration).record.reason == .tooSmall)
  }

  @Test func aSizeResizesToItsBucketAndRecomposes() throws {
    var configuration = BuildConfiguration()
    configuration.size = 64
    let nodes = [
      try Documents.background(),
      try Documents.layer("one", x: 2, y: 2, width: 12, height: 12, seed: 3),
      try Documents.layer("two", x: 8, y: 8, width: 22, height: 12, seed: 4, opacity: 200),
    ]
    #expect(try make(nodes, configuration).record.reason == .tooSmall)
    configuration.maximumEnlargement = 4
    let sample = try #require(try make(nodes, configuration).sample)
    #expect(sample.canvas == PixelSize(width: 64, height: 64))
    #expect(try Stacks.difference(sample.layers.composite(), sample.composite) <= 2)
  }

  @Test func moreLayersThanTheLimitAreMerged() throws {
    let nodes =
      try [Documents.background()]
      + (0..<12).map { index in
        try Documents.layer(
          "\(index)", x: Int32(index), y: Int32(index), width: 20, height: 15, seed: index)
      }
    var configuration = BuildConfiguration()
    configuration.maximumLayerCount = 5
    let (record, made) = try make(nodes, configuration)
    let sample = try #require(made, "\(record)")
    #expect(sample.layers.layers.count == 5)
    #expect(try Stacks.difference(sample.layers.composite(), sample.composite) <= 2)
  }

  @Test func theSameFileGivesTheSameBytes() throws {
    let bytes = try Documents.random(seed: 3).photoshopBytes()
    let (one, two) = (try make(bytes), try make(bytes))
    #expect(one.record == two.record)
    #expect(one.sample == two.sample)
  }
}
