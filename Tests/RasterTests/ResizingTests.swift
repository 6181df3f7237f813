import Raster
import RasterTesting
import Testing

@Suite struct ResizingTests {
  @Test func resizingEqualsPillowToTheLastBit() throws {
    let cases = try PillowGolden.read().resized
    #expect(cases.count == 117)
    for (index, golden) in cases.enumerated() {
      let image = try RasterImage(golden.from, golden.input)
      let wanted = try RasterImage(golden.to, golden.output)
      let found = try image.resized(
        to: PixelSize(golden.to), using: Resampling(named: golden.filter))
      #expect(
        found.size == wanted.size && found.pixels.elementsEqual(wanted.pixels),
        "case \(index): \(golden.filter) \(golden.from) to \(golden.to)")
    }
  }

  @Test func largerPicturesHaveTheChecksumsOfPillow() throws {
    let cases = try PillowGolden.read().resizedChecksums
    #expect(cases.count == 15)
    for golden in cases {
      let found = try ramp(PixelSize(golden.from)).resized(
        to: PixelSize(golden.to), using: Resampling(named: golden.filter))
      #expect(
        crc32(found.pixels) == golden.crc32, "\(golden.filter) \(golden.from) to \(golden.to)")
    }
  }

  @Test(arguments: [Resampling.lanczos, .bicubic, .bilinear])
  func anOpaquePictureStaysOpaque(filter: Resampling) throws {
    let image = try ramp(PixelSize(width: 123, height: 45)).withOpaqueAlpha()
    #expect(try image.resized(to: PixelSize(width: 64, height: 96), using: filter).isOpaque)
  }

  @Test func sameSizeKeepsColoursUnderTransparentPixels() throws {
    let size = PixelSize(width: 2, height: 1)
    let image = try RasterImage(size: size, pixels: [9, 8, 7, 0, 200, 100, 50, 3])
    #expect(try image.resized(to: size, using: .lanczos) == image)
  }

  @Test func transparentPixelsLendNoColourToTheirNeighbours() throws {
    let image = try RasterImage(
      size: PixelSize(width: 2, height: 1), pixels: [255, 0, 0, 0, 10, 20, 30, 255])
    let one = try image.resized(to: PixelSize(width: 1, height: 1), using: .bicubic)
    #expect(one[x: 0, y: 0].red <= 10)
    #expect(one[x: 0, y: 0].alpha == 128)
  }

  @Test(arguments: [
    PixelSize(width: 0, height: 4), PixelSize(width: 4, height: -1),
    PixelSize(width: .max, height: .max), PixelSize(width: 1 << 20 | 1, height: 1),
  ])
  func aSizeOutOfRangeIsRefused(size: PixelSize) throws {
    let image = try RasterImage(size: PixelSize(width: 3, height: 3))
    #expect(throws: RasterError.sizeOutOfRange(size)) {
      try image.resized(to: size, using: .lanczos)
    }
  }

  @Test func aThinPictureTurnsIntoAWideOneWithoutALargePictureBetween() throws {
    let image = try RasterImage(size: PixelSize(width: 1, height: 1 << 20))
    let wide = PixelSize(width: 1 << 20, height: 1)
    #expect(try image.resized(to: wide, using: .lanczos).size == wide)
  }

  /// The picture that `ramp` of `Tools/golden/raster.py` makes.
  private func ramp(_ size: PixelSize) throws -> RasterImage {
    var pixels: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for c in 0..<4 {
          let value = ((x * 7 + y * 13) ^ ((x * y * (c + 3)) >> 4)) + 29 * c
          pixels.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return try RasterImage(size: size, pixels: pixels)
  }
}
