import ImageCodecs
import Raster
import Testing

@Suite struct EncodingTests {
  private func decoded(_ name: String) throws -> RasterImage {
    try DecodedImage(decoding: Fixture.bytes("pictures/\(name)")).image
  }

  @Test(arguments: [ImageEncoding.png, .losslessWebP])
  func losslessFormatsKeepEveryByteAndColourUnderAlphaZero(encoding: ImageEncoding) throws {
    for name in ["rgba.png", "one-pixel.png", "one-row.png", "one-column.png"] {
      let image = try decoded(name)
      let again = try DecodedImage(decoding: image.encoded(as: encoding))
      #expect(again.image == image, "\(name)")
      #expect(again.format == encoding.format)
      #expect(again.warnings.isEmpty)
    }
  }

  @Test func pngIsMarkedAsSRGB() throws {
    let bytes = try decoded("rgba.png").encoded(as: .png)
    let chunk = Array("sRGB".utf8)
    #expect(bytes.indices.contains { bytes.dropFirst($0).starts(with: chunk) })
  }

  @Test(arguments: [ImageEncoding.jpeg(quality: 95), .webp(quality: 95)])
  func lossyFormatsStayNear(encoding: ImageEncoding) throws {
    let image = try decoded("baseline.jpg")
    let again = try DecodedImage(decoding: image.encoded(as: encoding)).image
    #expect(try Recomposition(of: image, from: again).psnr > 30)
  }

  @Test func aLowerQualityIsASmallerFile() throws {
    let image = try decoded("baseline.jpg")
    for encoding in [{ ImageEncoding.jpeg(quality: $0) }, ImageEncoding.webp(quality:)] {
      #expect(try image.encoded(as: encoding(10)).count < image.encoded(as: encoding(95)).count)
    }
  }

  @Test func jpegRefusesTransparency() throws {
    let image = try decoded("rgba.png")
    #expect(throws: ImageCodecError(.notOpaque(.jpeg))) {
      try image.encoded(as: .jpeg(quality: 90))
    }
  }

  @Test func opaquePNGHasThreeChannelsAndRefusesTransparency() throws {
    let image = try decoded("baseline.jpg")
    let bytes = try image.encoded(as: .opaquePNG)
    // Byte 25 of a PNG file is the colour type: 2 is RGB, 6 RGBA.
    #expect(bytes[25] == 2)
    #expect(try DecodedImage(decoding: bytes).image == image)
    let clear = try decoded("rgba.png")
    #expect(throws: ImageCodecError(.notOpaque(.png))) { try clear.encoded(as: .opaquePNG) }
  }

  @Test(arguments: [0, 101, -1, .max]) func aQualityOutOfRangeIsRefused(quality: Int) throws {
    let image = try decoded("baseline.jpg")
    for encoding in [ImageEncoding.jpeg(quality: quality), .webp(quality: quality)] {
      #expect(throws: ImageCodecError(.qualityOutOfRange(quality))) {
        try image.encoded(as: encoding)
      }
    }
  }

  @Test func aSideThatTheFormatCannotHoldIsRefused() throws {
    let black = RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255)
    let tall = PixelSize(width: 1, height: 65_501)
    let image = try RasterImage(size: tall, filledWith: black)
    for encoding in [ImageEncoding.jpeg(quality: 90), .losslessWebP] {
      #expect(throws: ImageCodecError(.sideTooLong(encoding.format, size: tall))) {
        try image.encoded(as: encoding)
      }
    }
    #expect(try DecodedImage(decoding: image.encoded(as: .png)).image == image)
  }
}
