import Raster
import Testing

@Suite struct RasterImageTests {
  @Test func bytesMustBeFourForEachPixel() {
    #expect(throws: RasterError.byteCount(found: 23, expected: 24)) {
      try RasterImage(
        size: PixelSize(width: 3, height: 2), pixels: [UInt8](repeating: 0, count: 23))
    }
  }

  @Test(arguments: [
    PixelSize(width: 0, height: 1), PixelSize(width: -1, height: -1),
    PixelSize(width: .max, height: 2), PixelSize(width: 1 << 20, height: 1 << 11),
  ])
  func aSizeOutOfRangeIsRefusedBeforeAnythingIsAllocated(size: PixelSize) {
    #expect(throws: RasterError.sizeOutOfRange(size)) { try RasterImage(size: size) }
    #expect(throws: RasterError.sizeOutOfRange(size)) { try RasterImage(size: size, pixels: []) }
  }

  @Test func pixelCountOfAnImpossibleSizeIsNil() {
    #expect(PixelSize(width: .max, height: 2).pixelCount == nil)
    #expect(PixelSize(width: -3, height: -3).pixelCount == nil)
    #expect(PixelSize(width: 4, height: 3).pixelCount == 12)
  }

  @Test func pixelsAreRowsFromTheTop() throws {
    var image = try RasterImage(size: PixelSize(width: 2, height: 2))
    image[x: 1, y: 0] = RGBAPixel(red: 1, green: 2, blue: 3, alpha: 4)
    #expect(image.pixels == [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect(image[x: 1, y: 0].blue == 3)
  }

  @Test func opaqueCopyKeepsTheColours() throws {
    let image = try RasterImage(
      size: PixelSize(width: 1, height: 2), pixels: [1, 2, 3, 0, 4, 5, 6, 7])
    #expect(image.withOpaqueAlpha().pixels == [1, 2, 3, 255, 4, 5, 6, 255])
    #expect(!image.isOpaque)
    #expect(image.withOpaqueAlpha().isOpaque)
  }

  @Test func boundingBoxHoldsEveryPixelThatShows() throws {
    var image = try RasterImage(size: PixelSize(width: 7, height: 5))
    image[x: 2, y: 1] = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 1)
    image[x: 5, y: 3] = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255)
    image[x: 0, y: 4] = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 0)
    #expect(image.boundingBox == PixelRectangle(x: 2, y: 1, width: 4, height: 3))
  }

  @Test func aTransparentImageHasNoBoundingBox() throws {
    #expect(try RasterImage(size: PixelSize(width: 3, height: 3)).boundingBox == nil)
  }

  @Test func aSinglePixelIsItsOwnBoundingBox() throws {
    let image = try RasterImage(
      size: PixelSize(width: 1, height: 1), filledWith: .init(red: 0, green: 0, blue: 0, alpha: 9))
    #expect(image.boundingBox == PixelRectangle(x: 0, y: 0, width: 1, height: 1))
  }
}
