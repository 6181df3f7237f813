import ByteIO
import PSD
import Raster
import Testing

@Suite struct SectionTests {
  @Test(arguments: FileHeader.Version.allCases) func aFileRoundTrips(
    version: FileHeader.Version
  ) throws {
    let file = try SmallFile.file(version: version)
    let bytes = try file.bytes()
    let read = try PhotoshopFile(reading: bytes)
    #expect(read == file)
    #expect(try read.bytes() == bytes)
    #expect(read.layerAndMaskInformation.layers.map(\.name) == ["", "Paint", "Group"])
  }

  @Test(arguments: FileHeader.Version.allCases) func aFileCutAnywhereInItsSectionsIsRefused(
    version: FileHeader.Version
  ) throws {
    let bytes = try SmallFile.bytes(version: version)
    let pixelCount = 36
    for length in 0..<bytes.count - pixelCount {
      let error = fault(of: Array(bytes.prefix(length)))
      #expect((error?.offset ?? .max) <= length, "cut to \(length) bytes")
    }
  }

  @Test(
    arguments: [26, 30, 62] as [Int], [[0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0, 0, 0]] as [[UInt8]])
  func aSectionLongerThanTheFileIsRefusedAtItsLength(offset: Int, length: [UInt8]) throws {
    let bytes = try SmallFile.bytes()
    let error = try #require(fault(of: bytes.replacing(at: offset, with: length)))
    #expect(error.offset == offset)
    #expect(error.field.hasPrefix("length of"))
  }

  @Test(arguments: [[0x80, 0], [0x7F, 0xFF], [0x20, 0x01]] as [[UInt8]])
  func aLayerCountWithoutRoomForItsRecordsIsRefused(count: [UInt8]) throws {
    let bytes = try SmallFile.bytes()
    let error = try #require(fault(of: bytes.replacing(at: 70, with: count)))
    #expect(error.field == "layer count")
    #expect(error.offset == 70)
  }

  @Test func anEmptyLayerCountsUpToTheLimitAndNotBeyond() throws {
    let nothing = try SmallFile.rectangle(top: 0, left: 0, bottom: 0, right: 0)
    var file = try SmallFile.file()
    let layer = LayerRecord(rectangle: nothing, channels: [])
    let most = LayerInformation.maximumLayerCount
    file.layerAndMaskInformation.layerInformation = LayerInformation(
      [LayerRecord](repeating: layer, count: most))
    let bytes = try file.bytes()
    #expect(try PhotoshopFile(reading: bytes).layerAndMaskInformation.layers.count == most)
    let error = fault(of: bytes.replacing(at: 70, with: [0x20, 0x01]))
    #expect(error?.reason == .overLimit(found: Int64(most) + 1, limit: Int64(most)))
  }

  @Test func aNegativeLayerCountMeansMergedTransparency() throws {
    var file = try SmallFile.file()
    file.layerAndMaskInformation.layerInformation?.hasMergedTransparency = true
    let read = try PhotoshopFile(reading: file.bytes())
    #expect(read.layerAndMaskInformation.layers.count == 3)
    #expect(read.layerAndMaskInformation.effectiveLayerInformation?.hasMergedTransparency == true)
  }

  @Test(
    arguments: [
      [0x80, 0, 0, 0, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1],
      [0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0x93, 0xE1],
    ] as [[UInt8]]) func aLayerWithAnEndlessSideIsRefused(edges: [UInt8]) throws
  {
    let error = try #require(fault(of: SmallFile.bytes().replacing(at: 72, with: edges)))
    #expect(error.field == "layer 0, layer rectangle")
    #expect(error.offset == 72)
  }

  @Test func aLayerWhoseEdgesAreSwappedHasNoPixels() throws {
    let swapped: [UInt8] = [0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 1, 0x80, 0, 0, 0]
    let file = try PhotoshopFile(reading: SmallFile.bytes().replacing(at: 72, with: swapped))
    #expect(file.layerAndMaskInformation.layers[0].rectangle.size == PixelSize(width: 0, height: 0))
  }

  @Test(arguments: [
    ("norm", "blend key", "BoEF", true), ("8BIMnorm", "blend signature", "8BIN", false),
  ])
  func anUnknownBlendKeyIsKeptAndAWrongSignatureIsRefused(
    place: String, field: String, value: String, opens: Bool
  ) throws {
    let bytes = try SmallFile.bytes()
    let offset = try SmallFile.offset(of: place, in: bytes)
    let changed = bytes.replacing(at: offset, with: Array(value.utf8))
    let error = fault(of: changed)
    #expect((error == nil) == opens)
    #expect(opens || error?.field == "layer 0, \(field)")
    if opens { #expect(try PhotoshopFile(reading: changed).bytes() == changed) }
  }

  @Test func aClippingOf202IsRefused() throws {
    let bytes = try SmallFile.bytes()
    let offset = try SmallFile.offset(of: "norm", in: bytes) + 5
    let error = fault(of: bytes.replacing(at: offset, with: [202]))
    #expect(
      error
        == MalformedData(
          .unexpected(found: "202", expected: "0 or 1"), in: "layer 0, clipping", at: offset))
  }

  @Test func anUnknownSectionDividerIsRefused() throws {
    let bytes = try SmallFile.bytes()
    let offset = try SmallFile.offset(of: "lsct", in: bytes) + 8
    let error = fault(of: bytes.replacing(at: offset, with: [0xCA, 0xFE, 0xBA, 0xBE]))
    #expect(error?.field == "layer 0, section divider")
    #expect(error?.offset == offset)
  }

  @Test(arguments: [[0, 4], [0xBE, 0xEF]] as [[UInt8]])
  func anUnknownCompressionIsRefused(compression: [UInt8]) throws {
    let bytes = try SmallFile.bytes()
    let ofPicture = bytes.count - 38
    #expect(fault(of: bytes.replacing(at: ofPicture, with: compression))?.offset == ofPicture)
    let ofLayer = try #require(
      (0..<bytes.count - 6).last { bytes[$0...].starts(with: [0, 0, 200, 150, 100, 10]) })
    let error = fault(of: bytes.replacing(at: ofLayer, with: compression))
    #expect(error?.field == "layer 1, compression of channel -1")
    #expect(error?.offset == ofLayer)
  }

  @Test func unknownChannelsAndBlocksAreKept() throws {
    var file = try SmallFile.file()
    let odd = LayerChannel(id: -13570, compression: .raw, data: [1, 2, 3])
    file.layerAndMaskInformation.layerInformation?.layers[1].channels.append(odd)
    file.layerAndMaskInformation.layerInformation?.layers[1].blocks.blocks.append(
      AdditionalBlock("wxyz", bytes: [1, 2, 3, 4, 5]))
    let bytes = try file.bytes()
    let read = try PhotoshopFile(reading: bytes)
    #expect(read == file)
    #expect(try read.bytes() == bytes)
  }

  @Test func aBlockLongerThanItsLayerIsRefused() throws {
    let bytes = try SmallFile.bytes()
    let offset = try SmallFile.offset(of: "luni", in: bytes) + 4
    let error = fault(of: bytes.replacing(at: offset, with: [0xFF, 0xFF, 0xFF, 0xFF]))
    #expect(error?.field == "layer 1, length of block \"luni\"")
    #expect(error?.offset == offset)
  }

  @Test func aBrokenResourceIsKeptAndTheRestOfTheFileIsRead() throws {
    let bytes = try SmallFile.bytes()
    let length = 34 + 8
    let changed = bytes.replacing(at: length, with: [0, 0, 0xFF, 0xFF])
    let file = try PhotoshopFile(reading: changed)
    #expect(file.imageResources.resources.isEmpty)
    #expect(file.imageResources.fault?.offset == length)
    #expect(file.layerAndMaskInformation.layers.count == 3)
    #expect(try file.bytes() == changed)
  }

  @Test func aGlobalMaskThatIsTooLongIsKeptAndTheLayersAreRead() throws {
    var file = try SmallFile.file()
    file.layerAndMaskInformation.globalMask = [1, 2, 3, 4, 5, 6, 7]
    let bytes = try file.bytes()
    let offset = bytes.count - 38 - 11
    let changed = bytes.replacing(at: offset, with: [0xFF, 0xFF, 0xFF, 0xFF])
    let read = try PhotoshopFile(reading: changed)
    #expect(read.layerAndMaskInformation.fault?.offset == offset)
    #expect(read.layerAndMaskInformation.layers.count == 3)
    #expect(try read.bytes() == changed)
  }

  @Test func anIndexedPictureWithoutPaletteIsRefused() throws {
    let error = try fault(of: SmallFile.bytes().replacing(at: 24, with: [0, 2]))
    #expect(error?.field == "palette length")
  }
}
