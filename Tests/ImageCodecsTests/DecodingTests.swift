import FileTesting
import ImageCodecs
import Raster
import Testing

@Suite struct DecodingTests {
  @Test func everyFixtureHasThePixelsOfTheReference() throws {
    let expected = try ExpectedPicture.all()
    #expect(try Fixture.names(in: "pictures") == expected.keys.sorted())
    for (name, picture) in expected {
      let decoded = try DecodedImage(contentsOf: Fixture.path("pictures/\(name)"))
      let difference = try #require(picture.largestDifference(from: decoded.image), "\(name)")
      #expect(difference <= picture.tolerance, "\(name)")
    }
  }

  @Test(arguments: [
    ("rgba.png", ImageFormat.png, true), ("one-pixel.png", .png, false),
    ("transparent-palette.png", .png, true), ("transparent-16-bit-grey.png", .png, true),
    ("baseline.jpg", .jpeg, false), ("lossy.webp", .webp, false),
    ("lossy-with-alpha.webp", .webp, true),
  ])
  func formatAndAlphaAreToldByTheContent(name: String, format: ImageFormat, alpha: Bool) throws {
    let decoded = try DecodedImage(decoding: Fixture.bytes("pictures/\(name)"))
    #expect(decoded.format == format)
    #expect(decoded.hasAlpha == alpha)
    #expect(decoded.warnings.isEmpty)
  }

  @Test func aWrongExtensionDoesNotMatter() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(Fixture.bytes("pictures/baseline.jpg"), to: "photo.png")
    #expect(try DecodedImage(contentsOf: path).format == .jpeg)
  }

  @Test func colourUnderAlphaZeroIsKept() throws {
    for name in ["rgba.png", "lossless.webp"] {
      let image = try DecodedImage(decoding: Fixture.bytes("pictures/\(name)")).image
      #expect(image[x: 1, y: 1] == RGBAPixel(red: 200, green: 100, blue: 50, alpha: 0), "\(name)")
    }
  }

  @Test(arguments: EXIFOrientation.allCases)
  func orientationIsAppliedWhereverTheFirstRowIs(orientation: EXIFOrientation) throws {
    let name = "orientation-\(orientation.rawValue).png"
    let expected = try #require(ExpectedPicture.all()[name])
    let image = try DecodedImage(decoding: Fixture.bytes("pictures/\(name)")).image
    #expect(expected.largestDifference(from: image) == 0)
    #expect(image.size.width == (orientation.rawValue < 5 ? 3 : 2))
  }

  @Test(arguments: [
    "bad-profile.png", "cut-profile.png", "bad-profile.jpg", "bad-profile.webp",
    "profile-for-other-colours.jpg", "huge-compressed-profile.png",
  ])
  func aBadProfileIsIgnoredWithAWarning(name: String) throws {
    let expected = try #require(ExpectedPicture.all()[name])
    let decoded = try DecodedImage(decoding: Fixture.bytes("pictures/\(name)"))
    #expect(expected.largestDifference(from: decoded.image) == 0)
    guard case .ignoredProfile(let detail)? = decoded.warnings.first else {
      Issue.record("\(decoded.warnings)")
      return
    }
    #expect(decoded.warnings.count == 1)
    #expect(!detail.contains("\n"))
  }

  @Test func aGoodProfileMovesColoursAndWarnsOfNothing() throws {
    let wide = try DecodedImage(decoding: Fixture.bytes("pictures/wide-gamut.png"))
    let plain = try DecodedImage(decoding: Fixture.bytes("pictures/srgb-profile.png"))
    #expect(wide.warnings.isEmpty && plain.warnings.isEmpty)
    #expect(wide.image != plain.image)
  }

  @Test(arguments: ["animated.png", "animated.webp"])
  func anAnimationGivesItsFirstFrameWithAWarning(name: String) throws {
    let decoded = try DecodedImage(decoding: Fixture.bytes("pictures/\(name)"))
    #expect(decoded.warnings == [.firstFrameOnly(frameCount: 3)])
  }

  @Test func transparencyOfColoursThatThePaletteLacksIsIgnoredWithAWarning() throws {
    let name = "pictures/more-transparency-than-palette.png"
    let decoded = try DecodedImage(decoding: Fixture.bytes(name))
    #expect(decoded.image.isOpaque)
    #expect(decoded.warnings.count == 1)
  }

  @Test func pixelsAreTheSameForEveryLimitOnMetadata() throws {
    var options = DecodingOptions()
    options.maximumMetadataByteCount = 40
    let bytes = try Fixture.bytes("pictures/wide-gamut.webp")
    let decoded = try DecodedImage(decoding: bytes, options: options)
    let plain = try DecodedImage(decoding: Fixture.bytes("pictures/srgb-profile.png"))
    #expect(decoded.image == plain.image)
    #expect(decoded.warnings.count == 1)
  }
}
