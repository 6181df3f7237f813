import ImageCodecs
import Raster
import Testing

@Suite struct PNGRowWriterTests {
  private struct Full: Error {}

  private final class Bytes {
    var all: [UInt8] = []
  }

  private func picture(_ width: Int, _ height: Int) throws -> RasterImage {
    try RasterImage(
      size: PixelSize(width: width, height: height),
      pixels: (0..<width * height * 4).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) })
  }

  private func rows(_ range: Range<Int>, of image: RasterImage) -> RasterImage {
    image.cropped(
      to: PixelRectangle(
        x: 0, y: range.lowerBound, width: image.size.width, height: range.count))
  }

  @Test(arguments: [1, 7, 64, 200])
  func rowsGiveTheSameFileAsTheWholePicture(bandHeight: Int) throws {
    let image = try picture(130, 200)
    let bytes = Bytes()
    let writer = try PNGRowWriter(size: image.size) { bytes.all += $0 }
    for y in stride(from: 0, to: 200, by: bandHeight) {
      try writer.append(rows(y..<min(200, y + bandHeight), of: image))
    }
    try writer.finish()
    #expect(try DecodedImage(decoding: bytes.all).image == image)
    #expect(try bytes.all == image.encoded(as: .png))
  }

  @Test func aSinkThatFailsAtAnyByteEndsTheWriting() throws {
    let image = try picture(64, 64)
    let total = try image.encoded(as: .png).count
    for limit in [0, 8, 20, 60, total / 2, total - 1] {
      var count = 0
      #expect(throws: Full.self) {
        let writer = try PNGRowWriter(size: image.size) { bytes in
          count += bytes.count
          if count > limit { throw Full() }
        }
        try writer.append(image)
        try writer.finish()
      }
    }
  }

  @Test func aWrongNumberOfRowsIsRefused() throws {
    let image = try picture(5, 4)
    let short = try PNGRowWriter(size: PixelSize(width: 5, height: 6)) { _ in }
    try short.append(image)
    #expect(throws: ImageCodecError(.notEncoded(.png, detail: "too few rows"))) {
      try short.finish()
    }
    #expect(throws: ImageCodecError.self) { try short.append(image) }
    let long = try PNGRowWriter(size: PixelSize(width: 5, height: 6)) { _ in }
    try long.append(image)
    #expect(throws: ImageCodecError(.notEncoded(.png, detail: "too many rows"))) {
      try long.append(image)
    }
    let wide = try PNGRowWriter(size: PixelSize(width: 6, height: 4)) { _ in }
    #expect(throws: ImageCodecError(.notEncoded(.png, detail: "rows of another width"))) {
      try wide.append(image)
    }
    #expect(throws: ImageCodecError.self) { try wide.finish() }
  }

  @Test func aSizeThatNoPictureHasIsRefused() {
    let size = PixelSize(width: 0, height: 4)
    #expect(throws: ImageCodecError(.sizeOutOfRange(.png, size: size))) {
      try PNGRowWriter(size: size) { _ in }
    }
  }
}
