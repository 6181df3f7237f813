import Raster
import RasterTesting
import Testing

@Suite struct AlphaCompositingTests {
  @Test func compositingEqualsPillowToTheLastBit() throws {
    let cases = try PillowGolden.read().composited
    #expect(cases.count == 9)
    for (index, golden) in cases.enumerated() {
      let backdrop = try RasterImage(golden.size, golden.backdrop)
      let image = try RasterImage(golden.size, golden.image)
      let wanted = try RasterImage(golden.size, golden.output)
      #expect(try backdrop.composited(under: image) == wanted, "case \(index)")
    }
  }

  @Test func everyColourUnderEveryAlphaIsPremultipliedAsPillowDoes() throws {
    let golden = try PillowGolden.read()
    var image = try everyColourUnderEveryAlpha()
    image.premultiplyAlpha()
    #expect(crc32(image.pixels) == golden.premultipliedCRC32)
    image.unpremultiplyAlpha()
    #expect(crc32(image.pixels) == golden.restoredCRC32)
  }

  @Test func imagesOfDifferentSizesAreRefused() throws {
    let small = PixelSize(width: 1, height: 2)
    let large = PixelSize(width: 2, height: 2)
    let backdrop = try RasterImage(size: large)
    let image = try RasterImage(size: small)
    #expect(throws: RasterError.sizeMismatch(found: small, expected: large)) {
      try backdrop.composited(under: image)
    }
  }

  private func everyColourUnderEveryAlpha() throws -> RasterImage {
    var pixels: [UInt8] = []
    for alpha in 0...255 as ClosedRange<UInt8> {
      for colour in 0...255 as ClosedRange<UInt8> {
        pixels += [colour, 255 - colour, colour ^ 85, alpha]
      }
    }
    return try RasterImage(size: PixelSize(width: 256, height: 256), pixels: pixels)
  }
}
