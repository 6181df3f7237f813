import DocumentModel
import Foundation
import PSD
import Raster
import Testing

/// A profile of the fixtures of ImageCodecs.
private func profile(_ name: String) throws -> [UInt8] {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  return try Array(
    Data(
      contentsOf: tests.appendingPathComponent("ImageCodecsTests/Fixtures/profiles/\(name).icc")))
}

@Suite struct DocumentColorTests {
  @Test func aFileWithAProfileKeepsItsNumbersAndItsProfile() throws {
    var file = try SmallFile.file()
    let plain = try file.readDocument().document
    #expect(plain.profile == nil)
    let wide = try profile("wide")
    file.imageResources.resources.append(ImageResource(.colorProfile, data: wide[...]))
    let document = try file.readDocument().document
    #expect(document.profile == wide)
    #expect(document.nodes == plain.nodes)
    #expect(try file.mergedPicture().pixels.prefix(3) == [9, 9, 9])
  }

  @Test func aBrokenProfileIsLeftOut() throws {
    var file = try SmallFile.file()
    file.imageResources.resources.append(ImageResource(.colorProfile, data: [1, 2, 3]))
    #expect(try file.readDocument().document.profile == nil)
  }
}

@Suite struct MaskReadingTests {
  /// The layer of the small file with a mask of its four pixels.
  private func masked(
    _ bytes: [UInt8], painted: [UInt8]?, flags: UInt8, parameters: [UInt8] = [0, 0],
    blocks: [AdditionalBlock] = []
  ) throws -> LayerAttributes {
    var file = try SmallFile.file()
    var layers = file.layerAndMaskInformation.layers
    let square = layers[1].rectangle
    var data = LayerMaskData(
      mask: .init(rectangle: square, defaultColor: 0, flags: flags))
    layers[1].channels.append(LayerChannel(id: -2, compression: .raw, data: bytes[...]))
    if let painted {
      data.userMask = .init(rectangle: square, defaultColor: 255, flags: 0)
      layers[1].channels.append(LayerChannel(id: -3, compression: .raw, data: painted[...]))
    }
    data.parameters = parameters[...]
    layers[1].mask = data
    layers[1].blocks.blocks += blocks
    file.layerAndMaskInformation.layerInformation = LayerInformation(layers)
    return try #require(try file.readDocument().document.layers.first).attributes
  }

  @Test func theVectorMaskIsWhatIsLeftOfTheProductOfBoth() throws {
    let found = try masked(
      [128, 64, 0, 0], painted: [255, 128, 255, 0], flags: 8 | 16,
      // User density 128, vector density 64.
      parameters: [1 | 4, 128, 64])
    #expect(found.mask?.pixels?.pixels == [255, 128, 255, 0])
    #expect(found.mask?.density == Opacity(byte: 128))
    #expect(found.mask?.defaultValue == 255)
    #expect(found.vectorMask?.pixels?.pixels == [128, 128, 0, 255])
    #expect(found.vectorMask?.density == Opacity(byte: 64))
    #expect(found.vectorMask?.defaultValue == 0)
  }

  @Test func pixelsOfAFillEndAtItsVectorMaskAlready() throws {
    let fill = AdditionalBlock("SoCo", bytes: [0, 0, 0, 16])
    let found = try masked([255, 128, 0, 0], painted: nil, flags: 8, blocks: [fill])
    #expect(found.vectorMask == nil)
    #expect(found.mask == nil)
    let paint = try masked([255, 128, 0, 0], painted: nil, flags: 8)
    #expect(paint.vectorMask?.pixels?.pixels == [255, 128, 0, 0])
  }
}
