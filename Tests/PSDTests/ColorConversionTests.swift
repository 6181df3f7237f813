import ByteIO
import PSD
import Raster
import Testing

@Suite struct ColorConversionTests {
  /// The one pixel of a merged picture.
  private func pixel(
    _ mode: FileHeader.ColorMode, _ samples: [UInt8], depth: FileHeader.Depth = .eight,
    colorModeData: [UInt8] = [], resources: [ImageResource] = []
  ) throws -> [UInt8] {
    let file = PhotoshopFile(
      header: FileHeader(
        version: .psd, size: PixelSize(width: 1, height: 1),
        channelCount: samples.count * 8 / Int(max(8, depth.rawValue)), depth: depth,
        colorMode: mode),
      colorModeData: ColorModeData(bytes: colorModeData[...]),
      imageResources: ImageResources(resources),
      layerAndMaskInformation: LayerAndMaskInformation(layerInformation: nil),
      imageData: ImageData(compression: .raw, data: samples[...]))
    return try file.mergedPicture().pixels
  }

  @Test func everyModeBecomesRGBAByItsFormula() throws {
    #expect(try pixel(.rgb, [1, 2, 3]) == [1, 2, 3, 255])
    #expect(try pixel(.rgb, [1, 2, 3, 77]) == [1, 2, 3, 255])
    #expect(try pixel(.grayscale, [9]) == [9, 9, 9, 255])
    #expect(try pixel(.duotone, [9]) == [9, 9, 9, 255])
    #expect(try pixel(.cmyk, [255, 128, 0, 255]) == [255, 128, 0, 255])
    #expect(try pixel(.cmyk, [255, 128, 0, 100]) == [100, 50, 0, 255])
    #expect(try pixel(.multichannel, [40]) == [40, 40, 40, 255])
    #expect(try pixel(.multichannel, [40, 50]) == [40, 50, 255, 255])
    #expect(try pixel(.multichannel, [40, 50, 60, 255, 9]) == [40, 50, 60, 255])
  }

  @Test func anIndexIsLookedUpInThePalette() throws {
    var palette = [UInt8](repeating: 0, count: 768)
    palette[5] = 10
    palette[256 + 5] = 20
    palette[512 + 5] = 30
    #expect(try pixel(.indexed, [5], colorModeData: palette) == [10, 20, 30, 255])
    #expect(try pixel(.indexed, [5], colorModeData: [1, 2]) == [0, 0, 0, 255])
  }

  @Test(
    arguments: [
      ([255, 128, 128], [255, 255, 255]), ([0, 128, 128], [0, 0, 0]),
      // CIE Lab 54.29, 80.8, 69.9 of illuminant D50 is the red of sRGB.
      ([138, 209, 198], [255, 0, 0]),
    ] as [([UInt8], [UInt8])]) func labIsOfIlluminantD50(lab: [UInt8], expected: [UInt8]) throws
  {
    let found = try pixel(.lab, lab)
    for channel in 0..<3 {
      #expect(abs(Int(found[channel]) - Int(expected[channel])) <= 4, "\(found)")
    }
  }

  @Test func sixteenBitsBecomeTheNearestStep() throws {
    #expect(
      try pixel(.rgb, [0, 128, 0, 129, 0xFF, 0xFF], depth: .sixteen) == [0, 1, 255, 255])
  }

  @Test func aBrokenProfileChangesNothing() throws {
    let broken = ImageResource(.colorProfile, data: ArraySlice(repeating: 7, count: 200))
    #expect(try pixel(.rgb, [1, 2, 3], resources: [broken]) == [1, 2, 3, 255])
    #expect(try pixel(.grayscale, [9], resources: [broken]) == [9, 9, 9, 255])
    #expect(try pixel(.cmyk, [255, 128, 0, 100], resources: [broken]) == [100, 50, 0, 255])
  }

  @Test(arguments: ["Mtrn", "Mt16", "Mt32"] as [FourCharacterCode])
  func aBlockOfItsOwnSaysThatTheMergedPictureIsTransparent(key: FourCharacterCode) throws {
    var file = try SmallFile.file()
    file.header = FileHeader(
      version: .psd, size: PixelSize(width: 1, height: 1), channelCount: 4)
    file.imageData.data = [10, 20, 30, 0]
    #expect(try file.mergedPicture().pixels == [10, 20, 30, 255])
    file.layerAndMaskInformation.blocks.blocks.append(AdditionalBlock(key, bytes: []))
    #expect(try file.mergedPicture().pixels == [10, 20, 30, 0])
  }

  @Test func mergedTransparencyTakesTheWhiteOut() throws {
    var file = try SmallFile.file()
    file.header = FileHeader(
      version: .psd, size: PixelSize(width: 3, height: 1), channelCount: 4)
    file.imageData.data = [255, 155, 10, 255, 255, 20, 255, 200, 30, 0, 100, 255]
    file.layerAndMaskInformation.layerInformation?.hasMergedTransparency = true
    #expect(
      try file.mergedPicture().pixels == [255, 255, 255, 0, 0, 255, 115, 100, 10, 20, 30, 255])
  }

  @Test func aLayerWithoutTransparencyIsOpaqueAndAMissingColourIs255() throws {
    let file = try SmallFile.file()
    var layer = file.layerAndMaskInformation.layers[1]
    layer.channels.removeAll { $0.id == -1 || $0.id == 2 }
    let pixels = try #require(try file.pixels(of: layer)).pixels
    #expect(pixels.prefix(4) == [200, 200, 255, 255])
  }

  @Test func aLayerChannelWithoutDataIsRefusedWhereTheLayerHasPixels() throws {
    let file = try SmallFile.file()
    var layer = file.layerAndMaskInformation.layers[1]
    layer.channels[1] = LayerChannel(id: 0)
    #expect(throws: MalformedData.self) { try file.pixels(of: layer) }
    #expect(try file.pixels(of: file.layerAndMaskInformation.layers[0]) == nil)
  }

  @Test(arguments: [[], [0, 0, 0, 1, 0], [0, 0, 0, 1, 1], [0]] as [[UInt8]])
  func aFileSaysWhetherItsMergedPictureIsThePicture(data: [UInt8]) throws {
    var file = try SmallFile.file()
    if !data.isEmpty {
      file.imageResources.resources.append(ImageResource(.versionInformation, data: data[...]))
    }
    #expect(file.hasMergedPicture == (data != [0, 0, 0, 1, 0]))
  }
}
