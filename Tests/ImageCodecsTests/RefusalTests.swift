import Foundation
import ImageCodecs
import Raster
import Testing

@Suite struct RefusalTests {
  @Test func everyDamagedFileIsAnErrorOfItsFormat() throws {
    let names = try Fixture.names(in: "damaged")
    #expect(names.count == 17)
    for name in names {
      let error = try #require(throws: ImageCodecError.self, "\(name)") {
        try DecodedImage(contentsOf: Fixture.path("damaged/\(name)"))
      }
      guard case .malformed(_, let detail, _) = error.problem else {
        Issue.record("\(name): \(error)")
        continue
      }
      #expect(!detail.isEmpty, "\(name)")
      #expect(!error.description.contains("\n"), "\(name)")
      #expect(!error.isInputUnavailable, "\(name)")
    }
  }

  @Test func everyFileCutAnywhereIsAnError() throws {
    for name in try Fixture.names(in: "pictures") {
      let bytes = try Fixture.bytes("pictures/\(name)")
      guard bytes.count < 4096 else { continue }
      for count in 0..<bytes.count {
        #expect(throws: ImageCodecError.self, "\(name) cut to \(count) of \(bytes.count) bytes") {
          try DecodedImage(decoding: Array(bytes.prefix(count)))
        }
      }
    }
  }

  @Test(arguments: [
    ("two-billion-a-side.png", ImageFormat.png, PixelSize(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)),
    ("thirty-thousand-a-side.png", .png, PixelSize(width: 30_000, height: 30_000)),
    ("sixty-five-thousand-a-side.jpg", .jpeg, PixelSize(width: 65_500, height: 65_500)),
    ("sixteen-thousand-a-side.webp", .webp, PixelSize(width: 16_384, height: 16_384)),
  ])
  func tooManyPixelsAreRefusedByTheHeader(
    name: String, format: ImageFormat, size: PixelSize
  ) throws {
    let bytes = try Fixture.bytes("oversized/\(name)")
    let limit = DecodingOptions().maximumPixelCount
    let error = ImageCodecError(.tooManyPixels(format, size: size, limit: limit))
    #expect(throws: error) { try DecodedImage(decoding: bytes) }
  }

  @Test func theLimitsAreTheLastThatPass() throws {
    let bytes = try Fixture.bytes("pictures/rgba.png")
    var options = DecodingOptions()
    options.maximumPixelCount = 20
    options.maximumFileByteCount = bytes.count
    #expect(try DecodedImage(decoding: bytes, options: options).image.size.width == 5)
    options.maximumPixelCount = 19
    let size = PixelSize(width: 5, height: 4)
    #expect(throws: ImageCodecError(.tooManyPixels(.png, size: size, limit: 19))) {
      try DecodedImage(decoding: bytes, options: options)
    }
    options.maximumFileByteCount = bytes.count - 1
    let tooLarge = ImageCodecError(.fileTooLarge(byteCount: bytes.count, limit: bytes.count - 1))
    #expect(throws: tooLarge) { try DecodedImage(decoding: bytes, options: options) }
    let path = try Fixture.path("pictures/rgba.png")
    #expect(throws: ImageCodecError(tooLarge.problem, path: path)) {
      try DecodedImage(contentsOf: path, options: options)
    }
  }

  @Test(arguments: [
    ("GIF89a\u{1}\u{0}\u{1}\u{0}", "GIF"), ("8BPS\u{0}\u{1}", "PSD"), ("BM", "BMP"),
    ("II*\u{0}", "TIFF"),
    ("\u{0}\u{0}\u{0}\u{18}ftypheic", "HEIC"), ("\u{0}\u{0}\u{0}\u{1C}ftypavif", "AVIF"),
    ("%PDF-1.7", "PDF"), ("<svg xmlns", "SVG"),
  ])
  func anotherFormatIsNamed(start: String, name: String) {
    #expect(throws: ImageCodecError(.unsupportedFormat(name: name))) {
      try DecodedImage(decoding: Array(start.utf8))
    }
  }

  @Test func whatIsNoPictureIsUnknown() {
    #expect(throws: ImageCodecError(.unknownFormat)) {
      try DecodedImage(decoding: Array("hello, world".utf8))
    }
    #expect(throws: ImageCodecError(.empty)) { try DecodedImage(decoding: []) }
  }
}
