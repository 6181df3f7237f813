import ByteIO
import DocumentModel
import PSD
import Raster
import Testing

@Suite struct DocumentReadingTests {
  /// The small file with other layers.
  private func file(_ layers: [LayerRecord]) throws -> PhotoshopFile {
    var file = try SmallFile.file()
    file.layerAndMaskInformation.layerInformation?.layers = layers
    return file
  }

  private func divider(_ kind: SectionDivider.Kind, name: String = "") throws -> LayerRecord {
    let nothing = try SmallFile.rectangle(top: 0, left: 0, bottom: 0, right: 0)
    var layer = LayerRecord(rectangle: nothing, channels: [])
    layer.rename(to: name)
    layer.blocks.blocks.append(SectionDivider(kind, blendKey: "pass").block)
    return layer
  }

  @Test func layersAndGroupsBecomeATree() throws {
    let read = try SmallFile.file().readDocument()
    #expect(read.warnings.isEmpty)
    #expect(read.document.canvas == PixelSize(width: 4, height: 3))
    #expect(read.document.resolution == (try Resolution(horizontal: 300, vertical: 150)))
    let entries = read.document.entries
    #expect(entries.map { "\($0.path) \($0.node.attributes.name)" } == ["0 Group", "0/0 Paint"])
    #expect(entries[0].node.attributes.blendMode == .passThrough)
    let paint = try #require(read.document.layers.first)
    #expect(paint.origin == PixelPoint(x: 1, y: 1))
    #expect(paint.pixels?.pixels.prefix(4) == [200, 200, 200, 200])
    #expect(paint.pixels?.pixels.suffix(4) == [20, 30, 40, 10])
  }

  @Test func attributesAreThoseOfTheRecord() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.blendKey = "mul "
    layer.opacity = 128
    layer.isClipped = true
    layer.flags |= 2
    layer.blocks.blocks += [
      AdditionalBlock("iOpa", bytes: [64, 0, 0, 0]), AdditionalBlock("lfx2", bytes: [1, 2]),
      AdditionalBlock("knko", bytes: [1, 0, 0, 0]), AdditionalBlock("clbl", bytes: [1, 0, 0, 0]),
    ]
    layer.blendingRanges = [0, 0, 255, 255, 0, 9, 255, 255]
    let attributes = try #require(try file([layer]).readDocument().document.nodes.first).attributes
    #expect(attributes.blendMode == .multiply)
    #expect(attributes.opacity.byte == 128)
    #expect(attributes.fillOpacity.byte == 64)
    #expect(attributes.isClipped)
    #expect(!attributes.isVisible)
    #expect(attributes.features.map(\.name) == ["layer effects", "knockout", "blending ranges"])
    #expect(attributes.features.allSatisfy { !$0.isRendered })
    #expect(attributes.preserved.map(\.key) == ["lfx2", "knko", "clbl"])
  }

  @Test func aMaskHasItsPlaceItsDefaultAndItsDensity() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    var mask = LayerMaskData(
      mask: .init(
        rectangle: try SmallFile.rectangle(top: -1, left: 2, bottom: 0, right: 4),
        defaultColor: 255, flags: 2 | 16))
    mask.parameters = [3, 100, 0x40, 0x10, 0, 0, 0, 0, 0, 0]
    layer.mask = mask
    layer.channels.append(LayerChannel(id: -2, compression: .raw, data: [11, 22]))
    let attributes = try #require(try file([layer]).readDocument().document.nodes.first).attributes
    let found = try #require(attributes.mask)
    #expect(found.pixels?.pixels == [11, 22])
    #expect(found.origin == PixelPoint(x: 2, y: -1))
    #expect(found.defaultValue == 255)
    #expect(found.isDisabled)
    #expect(found.density.byte == 100)
    #expect(found.featherRadius == 4)
    #expect(attributes.features == [LayerFeature(.mask, named: "feather", isRendered: false)])
    #expect(attributes.vectorMask == nil)
  }

  @Test func aMaskDrawnFromAVectorMaskIsOne() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.mask = LayerMaskData(
      mask: .init(rectangle: layer.rectangle, defaultColor: 0, flags: 8))
    layer.channels.append(LayerChannel(id: -2, compression: .raw, data: [1, 2, 3, 4]))
    layer.blocks.blocks.append(AdditionalBlock("vmsk", bytes: []))
    let attributes = try #require(try file([layer]).readDocument().document.nodes.first).attributes
    #expect(attributes.mask == nil)
    #expect(attributes.vectorMask?.pixels?.pixels == [1, 2, 3, 4])
    #expect(attributes.features == [LayerFeature(.shape, named: "vector mask", isRendered: true)])
  }

  @Test func textIsFoundInItsBlock() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    let text: [UInt8] = [0, 0, 0, 4, 0, 0x41, 0, 13, 0, 0x42, 0, 0]
    layer.blocks.blocks.append(
      AdditionalBlock("TySh", bytes: ([0, 1] + Array("Txt TEXT".utf8) + text + [9])[...]))
    #expect(try file([layer]).readDocument().document.layers.first?.text == TextContent("A\nB"))
    layer.blocks.blocks = [AdditionalBlock("TySh", bytes: Array("Txt TEXT".utf8)[...])]
    #expect(try file([layer]).readDocument().document.layers.first?.text == nil)
  }

  @Test func unbalancedGroupsAreRepairedWithAWarning() throws {
    let paint = try SmallFile.file().layerAndMaskInformation.layers[1]
    let open = try file([paint, divider(.openGroup, name: "Empty")]).readDocument()
    #expect(open.document.entries.map(\.node.attributes.name) == ["Paint", "Empty"])
    #expect(open.warnings == [ReadingWarning(layer: 1, reason: .groupWithoutEnd)])
    let closed = try file([divider(.groupEnd), paint]).readDocument()
    #expect(closed.document.entries.map(\.node.attributes.name) == ["Paint"])
    #expect(closed.warnings == [ReadingWarning(layer: nil, reason: .groupWithoutBeginning)])
  }

  @Test func groupsNest64DeepAndNoDeeper() throws {
    func nested(_ depth: Int) throws -> PhotoshopFile {
      let ends = [LayerRecord](repeating: try divider(.groupEnd), count: depth)
      return try file(ends + [LayerRecord](repeating: divider(.openGroup), count: depth))
    }
    #expect(try nested(64).readDocument().document.entries.count == 64)
    #expect(throws: DocumentError.nestingTooDeep) { try nested(65).readDocument() }
    #expect(throws: DocumentError.nestingTooDeep) { try nested(1000).readDocument() }
  }

  @Test func anUnknownBlendModeIsNormalWithAWarning() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.blendKey = "BoEF"
    let read = try file([layer]).readDocument()
    #expect(read.document.nodes.first?.attributes.blendMode == .normal)
    #expect(
      read.warnings.map(\.description)
        == ["layer 0: blend mode \"BoEF\" is unknown, normal is used"])
  }

  @Test func aBrokenChannelIsRefusedOrLeftOut() throws {
    var layer = try SmallFile.file().layerAndMaskInformation.layers[1]
    layer.channels[2].data = [1]
    let broken = try file([layer])
    let error = #expect(throws: MalformedData.self) { try broken.readDocument() }
    #expect(error?.field == "layer 0, data of channel 1")
    let read = try broken.readDocument(isLenient: true)
    let sound = try #require(
      try file([SmallFile.file().layerAndMaskInformation.layers[1]])
        .readDocument().document.layers.first?.pixels)
    // The second of three colours is 0 now; the others and the transparency stay.
    let found = try #require(read.document.layers.first?.pixels)
    for first in stride(from: 0, to: found.pixels.count, by: 4) {
      #expect(found.pixels[first] == sound.pixels[first] && found.pixels[first + 1] == 0)
      #expect(found.pixels[first + 2...first + 3] == sound.pixels[first + 2...first + 3])
    }
    #expect(read.warnings.count == 1)
  }

  @Test func aFileCutAnywhereGivesTheLayersBeforeTheCutWhereThatIsAskedFor() throws {
    var whole = try SmallFile.file()
    let layers = whole.layerAndMaskInformation.layers
    whole.layerAndMaskInformation.layerInformation = LayerInformation([layers[1], layers[1]])
    let bytes = try whole.bytes()
    let sound = try whole.readDocument().document.layers.map(\.pixels)
    var found: Set<Int> = []
    for count in 0..<bytes.count {
      let cut = Array(bytes.prefix(count))
      guard let file = try? PhotoshopFile(reading: cut, isLenient: true) else { continue }
      let read = try file.readDocument(isLenient: true)
      // Only the merged picture may be cut without anybody noticing: nobody looks at it.
      #expect((try? PhotoshopFile(reading: cut)) != nil || !read.warnings.isEmpty, "\(count)")
      let intact = read.document.layers.map(\.pixels).filter { $0 == sound[0] }.count
      found.insert(intact)
    }
    // None, the first, and both.
    #expect(found == [0, 1, 2])
  }

  @Test func nothingIsFilledForALayerWithoutASoundChannel() throws {
    // 256 million pixels, and no byte of any.
    let square = try SmallFile.rectangle(top: 0, left: 0, bottom: 16_000, right: 16_000)
    let layer = LayerRecord(rectangle: square, channels: [0, 1, 2].map { LayerChannel(id: $0) })
    let read = try file([layer]).readDocument(isLenient: true)
    #expect(read.document.layers.map(\.pixels) == [nil])
    #expect(read.warnings.count == 3)
  }

  @Test func layersBeyondTheLimitTogetherAreRefusedBeforeTheyAreMade() throws {
    let square = try SmallFile.rectangle(top: 0, left: 0, bottom: 20_000, right: 20_000)
    let layer = LayerRecord(
      rectangle: square, channels: [LayerChannel(id: 0, compression: .raw, data: [])])
    let error = #expect(throws: MalformedData.self) { try file([layer, layer]).readDocument() }
    #expect(error?.reason == .overLimit(found: 3_200_000_000, limit: 1 << 31))
  }

  @Test func aFileWithoutLayersIsItsMergedPicture() throws {
    let read = try file([]).readDocument()
    #expect(
      read.document.layers.map(\.pixels?.pixels) == [
        (0..<12).flatMap { _ in [9, 9, 9, 255] as [UInt8] }
      ])
  }
}
