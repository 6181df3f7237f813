import ByteIO
import Compositing
import DocumentModel
import Foundation
import ImageCodecs
import PSD
import Raster
import Testing

@Suite struct DocumentWritingTests {
  @Test(arguments: FileHeader.Version.allCases)
  func aDocumentWithEverythingReadsAsItWas(version: FileHeader.Version) throws {
    let document = try Samples.everything()
    #expect(try document.writtenAndRead(as: version).plain() == document.plain())
  }

  @Test(arguments: BlendMode.allCases) func everyBlendModeIsKept(mode: BlendMode) throws {
    var layer = try Samples.layer("layer")
    layer.attributes.blendMode = mode
    let group = try Samples.group("group", [layer], mode: mode)
    let read = try Samples.document([layer, group]).writtenAndRead()
    let expected: BlendMode = mode == .passThrough ? .normal : mode
    #expect(read.nodes.map(\.attributes.blendMode) == [expected, mode])
    #expect(read.nodes.last?.children.map(\.attributes.blendMode) == [expected])
  }

  @Test func namesAreKeptWhateverTheyHold() throws {
    let document = try Samples.document(Samples.names.map { try Samples.layer($0) })
    let file = try document.photoshopFile().file
    #expect(try document.writtenAndRead().nodes.map(\.attributes.name) == Samples.names)
    #expect(file.layerAndMaskInformation.layers[3].legacyName == Array("???? ????".utf8)[...])
  }

  @Test func groupsNest60Deep() throws {
    var node = try Samples.layer("innermost")
    for depth in 0..<60 { node = try Samples.group("group \(depth)", [node]) }
    let document = try Samples.document([node])
    #expect(try document.writtenAndRead().plain() == document)
  }

  @Test(arguments: [0, 1, 200]) func anyNumberOfLayersIsKept(count: Int) throws {
    let nodes = try (0..<count).map { index in
      try Samples.layer("Layer \(index)", at: Int32(index % 5), Int32(index % 4), seed: index)
    }
    let document = try Samples.document(nodes)
    let file = try document.photoshopFile().file
    #expect(file.layerAndMaskInformation.layers.count == count)
    let numbers = file.layerAndMaskInformation.layers.compactMap {
      $0.blocks["lyid"].map(Array.init)
    }
    #expect(Set(numbers).count == count)
    if count > 0 { #expect(try document.writtenAndRead().plain() == document) }
  }

  @Test func aDocumentWithoutLayersIsATransparentPicture() throws {
    let file = try PhotoshopFile(reading: Samples.document([]).photoshopBytes())
    #expect(file.layerAndMaskInformation.layers.isEmpty)
    #expect(try file.mergedPicture().boundingBox == nil)
  }

  @Test func onePixelIsADocument() throws {
    let layer = try Samples.layer("dot", width: 1, height: 1)
    let document = try Samples.document([layer], width: 1, height: 1)
    #expect(try document.writtenAndRead().plain() == document)
  }

  @Test func sidesBeyond30000PixelsMakeAPSB() throws {
    let layer = try Samples.layer("wide", at: 0, 1, width: 30_001, height: 3)
    let document = try Samples.document([layer], width: 30_001, height: 10)
    let bytes = try document.photoshopBytes()
    #expect(bytes[5] == 2)
    #expect(try document.writtenAndRead().plain() == document)
    #expect(
      throws: PhotoshopWritingError.canvasTooLarge(document.canvas, limit: 30_000)
    ) { try document.photoshopBytes(as: .psd) }
    let wideLayer = try Samples.document([layer])
    #expect(try wideLayer.photoshopBytes()[5] == 2)
    #expect(throws: PhotoshopWritingError.self) { try wideLayer.photoshopBytes(as: .psd) }
  }

  @Test func sidesBeyond300000PixelsAreRefused() throws {
    let document = try Samples.document([], width: 300_001, height: 1)
    let error = #expect(throws: PhotoshopWritingError.self) { try document.photoshopBytes() }
    #expect(
      error?.description
        == "a canvas of 300001 x 1 pixels is too large: a side has at most 300000")
    let far = try Samples.document([Samples.layer("far", at: .max, 0)])
    #expect(throws: PhotoshopWritingError.self) { try far.photoshopBytes() }
    var dense = try Samples.document([])
    dense.resolution = try Resolution(horizontal: 65_536, vertical: 72)
    #expect(throws: PhotoshopWritingError.resolutionOutOfRange(65_536)) {
      try dense.photoshopBytes()
    }
  }

  @Test func layersAreCroppedToWhatShows() throws {
    var image = try RasterImage(size: PixelSize(width: 8, height: 6))
    image[x: 3, y: 2] = RGBAPixel(red: 1, green: 2, blue: 3, alpha: 4)
    image[x: 5, y: 4] = RGBAPixel(red: 5, green: 6, blue: 7, alpha: 255)
    let shows = Layer(
      attributes: LayerAttributes(name: "shows"), pixels: image, origin: PixelPoint(x: -2, y: 1))
    let blank = Layer(
      attributes: LayerAttributes(name: "blank"),
      pixels: try RasterImage(size: PixelSize(width: 2, height: 2)))
    let read = try Samples.document([.layer(shows), .layer(blank)]).writtenAndRead().layers
    #expect(read.map(\.frame) == [PixelRectangle(x: 1, y: 3, width: 3, height: 3), nil])
    #expect(read[0].pixels == image.cropped(to: PixelRectangle(x: 3, y: 2, width: 3, height: 3)))
    #expect(read[1].attributes.name == "blank")
  }

  @Test func theMergedPictureIsTheComposite() throws {
    let document = try Samples.everything()
    let file = try PhotoshopFile(reading: document.photoshopBytes())
    #expect(file.header.channelCount == 4)
    let found = try file.mergedPicture()
    let expected = try document.composite()
    for index in expected.pixels.indices {
      let alpha = Int(expected.pixels[index | 3])
      let difference = abs(Int(found.pixels[index]) - Int(expected.pixels[index]))
      // A byte blended with white holds a colour to within half a step of its share.
      let allowed = index % 4 == 3 ? 0 : alpha == 0 ? 255 : (255 + alpha) / (2 * alpha)
      #expect(difference <= allowed, "byte \(index): alpha \(alpha)")
    }
  }

  @Test func anOpaqueMergedPictureHasNoTransparency() throws {
    let white = try RasterImage(
      size: PixelSize(width: 8, height: 6),
      filledWith: RGBAPixel(red: 200, green: 100, blue: 50, alpha: 255))
    let layer = Layer(attributes: LayerAttributes(name: "Background"), pixels: white)
    let file = try Samples.document([.layer(layer)]).photoshopFile().file
    #expect(file.header.channelCount == 3)
    #expect(!file.layerAndMaskInformation.hasMergedTransparency)
    #expect(try file.mergedPicture() == white)
  }

  @Test func resourcesSayResolutionThumbnailProfileAndMergedPicture() throws {
    let document = try Samples.document(
      [Samples.layer("wide", width: 400, height: 100)], width: 400, height: 100)
    let file = try document.photoshopFile().file
    #expect(file.imageResources.resources.map(\.id.rawValue) == [1005, 1036, 1039, 1057])
    #expect(file.hasMergedPicture)
    let profile = try #require(file.imageResources[.colorProfile]).data
    #expect(profile.dropFirst(36).starts(with: Array("acsp".utf8)))
    let thumbnail = try #require(file.imageResources[.thumbnail]).data
    let picture = try DecodedImage(decoding: Array(thumbnail.dropFirst(28))).image
    #expect(picture.size == PixelSize(width: 160, height: 40))
  }

  @Test func equalDocumentsMakeEqualFilesAndTheStreamIsTheFile() throws {
    let document = try Samples.everything()
    let bytes = try document.photoshopBytes()
    #expect(try bytes == document.photoshopBytes())
    #expect(try bytes == document.photoshopFile().file.bytes())
    #expect(try PhotoshopFile(reading: bytes).bytes() == bytes)
  }

  @Test func aVectorMaskIsWrittenAsAPaintedOne() throws {
    var vector = try Samples.layer("vector", width: 4, height: 4)
    vector.attributes.vectorMask = LayerMask(pixels: try Samples.grey(2, 2), defaultValue: 0)
    var both = try Samples.layer("both", width: 4, height: 4)
    both.attributes.vectorMask = LayerMask(
      pixels: try Samples.grey(2, 2), defaultValue: 0, density: Opacity(byte: 128))
    both.attributes.mask = LayerMask(
      pixels: try Samples.grey(3, 1, seed: 50), origin: PixelPoint(x: 1, y: 1))
    let document = try Samples.document([vector, both])
    let written = try document.photoshopFile()
    #expect(
      written.warnings.map(\.description) == [
        "layer \"vector\": the outline of a vector mask became a painted mask",
        "layer \"both\": two masks became one",
      ])
    let read = try document.writtenAndRead()
    #expect(read.nodes[0].attributes.mask == vector.attributes.vectorMask)
    #expect(read.nodes.allSatisfy { $0.attributes.vectorMask == nil })
    for node in 0...1 {
      let found = try read.withNodes([read.nodes[node]]).composite().pixels
      let expected = try document.withNodes([document.nodes[node]]).composite().pixels
      for index in stride(from: 3, to: expected.count, by: 4) {
        #expect(abs(Int(found[index]) - Int(expected[index])) <= 1)
      }
    }
  }

  @Test func effectsAreKeptAndWhatDrewThePixelsIsNot() throws {
    var layer = try Samples.layer("layer")
    layer.attributes.preserved = ["lfx2", "TySh", "SoLd", "lyid", "luni", "vmsk"].map {
      PreservedBlock(format: "psd", key: $0, bytes: [0, 0, 0, 9])
    }
    layer.attributes.preserved.append(PreservedBlock(format: "ora", key: "lclr", bytes: []))
    let written = try Samples.document([layer]).photoshopFile()
    let record = try #require(written.file.layerAndMaskInformation.layers.first)
    #expect(record.blocks.blocks.map(\.key.text) == ["luni", "lfx2", "lyid"])
    #expect(record.blocks["lyid"] == [0, 0, 0, 1])
    #expect(
      written.warnings.map(\.description) == [
        "layer \"layer\": text became pixels", "layer \"layer\": smart object became pixels",
      ])
  }

  @Test func aSinkThatFailsStopsTheWriting() throws {
    struct Full: Error {}
    let document = try Samples.everything()
    var room = try document.photoshopBytes().count
    #expect(throws: Full.self) {
      try document.writePhotoshop { part in
        room -= part.count + 1
        if room < 0 { throw Full() }
      }
    }
  }

  @Test func filesForOtherReadersAreWrittenWhereAFolderIsNamed() throws {
    guard let folder = ProcessInfo.processInfo.environment["PSD_SAMPLES"] else { return }
    var layers = try (0..<200).map { index in
      try Samples.layer(
        "Layer \(index)", at: Int32(index % 50), Int32(index % 40), width: 30, height: 20,
        seed: index)
    }
    let many = try Samples.document(layers, width: 90, height: 70)
    layers = [try Samples.layer("wide", at: 0, 1, width: 30_001, height: 3)]
    var deep = try Samples.layer("innermost")
    for depth in 0..<60 { deep = try Samples.group("group \(depth)", [deep]) }
    let documents = [
      "everything": try Samples.everything(), "layers-200": many,
      "layers-0": try Samples.document([]),
      "deep-60": try Samples.document([deep]),
      "one-pixel": try Samples.document(
        [Samples.layer("dot", width: 1, height: 1)], width: 1, height: 1),
      "wide-30001": try Samples.document(layers, width: 30_001, height: 10),
    ]
    for (name, document) in documents {
      for version in [nil, FileHeader.Version.psb] {
        let bytes = try document.photoshopBytes(as: version)
        let path = "\(folder)/\(name)\(version == nil ? "" : "-psb")"
        try Data(bytes).write(to: URL(fileURLWithPath: path + (bytes[5] == 1 ? ".psd" : ".psb")))
        try SampleDescription(document).write(to: path + ".json")
      }
    }
  }
}
