import Datasets
import Raster
import Testing

struct FilteringTests {
  private let filtering = Filtering(BuildConfiguration())

  /// Brightness by a formula of column and row, as grey or as the colour of skin.
  private func picture(
    _ width: Int, _ height: Int, isSkin: Bool = false, _ value: (Int, Int) -> Double
  ) throws -> PlacedImage {
    var image = try RasterImage(size: PixelSize(width: width, height: height))
    for y in 0..<height {
      for x in 0..<width {
        let level = UInt8(max(0, min(255, value(x, y))))
        image[x: x, y: y] =
          isSkin
          ? RGBAPixel(red: level, green: level / 10 * 7, blue: level / 2, alpha: 255)
          : RGBAPixel(red: level, green: level, blue: level, alpha: 255)
      }
    }
    return try Stacks.layer("", image, x: 0, y: 0).pixels
  }

  /// Something between 0 and 255 that differs from pixel to pixel.
  private func noise(_ x: Int, _ y: Int) -> Double {
    Double((x &* 7919 &+ y &* 104_729 &+ x &* y &* 31) % 256)
  }

  @Test func onePixelIsASpeckAndTwoAreNot() throws {
    let one = try Stacks.layer("", x: 0, y: 0, width: 1, height: 1, color: (9, 9, 9)).pixels
    let two = try Stacks.layer("", x: 0, y: 0, width: 2, height: 1, color: (9, 9, 9)).pixels
    #expect(filtering.anomaly(of: one) == .speck)
    #expect(filtering.anomaly(of: two) == nil)
  }

  @Test func aBlurredPictureIsFound() throws {
    // Waves of 100 pixels, as a strong blur leaves them.
    let blurred = try picture(200, 160) { x, y in
      128 + 90 * Self.wave(x, 100) * Self.wave(y, 80)
    }
    #expect(filtering.anomaly(of: blurred) == .blurred)
  }

  /// A smooth curve from -1 to 1 and back in so many pixels, of parabolas.
  private static func wave(_ x: Int, _ length: Int) -> Double {
    let place = Double(x % length) / Double(length) * 2
    return place < 1 ? 4 * place * (1 - place) : -4 * (place - 1) * (2 - place)
  }

  @Test func sharpFlatAndEvenPicturesAreSound() throws {
    let sharp = try picture(200, 160) { x, y in noise(x, y) }
    let flat = try picture(200, 160) { _, _ in 90 }
    let gradient = try picture(200, 160) { x, _ in Double(x) * 1.2 }
    let text = try picture(200, 160) { x, y in x / 10 % 2 == 0 && y / 20 % 2 == 0 ? 0 : 255 }
    for image in [sharp, flat, gradient, text] { #expect(filtering.anomaly(of: image) == nil) }
  }

  @Test func aSoftShadowIsSound() throws {
    var image = try RasterImage(size: PixelSize(width: 120, height: 120))
    for y in 0..<120 {
      for x in 0..<120 {
        let distance = max(abs(x - 60), abs(y - 60))
        image[x: x, y: y] = RGBAPixel(
          red: 0, green: 0, blue: 0, alpha: UInt8(max(0, 240 - 4 * distance)))
      }
    }
    let shadow = try Stacks.layer("", image, x: 0, y: 0).pixels
    #expect(filtering.anomaly(of: shadow) == nil)
  }

  @Test func aSmoothPatchOfSkinInADetailedPictureIsABlurredFace() throws {
    let hidden = try picture(256, 256, isSkin: true) { x, y in
      (80..<176).contains(x) && (80..<192).contains(y)
        ? 210 + Double(x) / 16 : 120 + noise(x, y) / 2
    }
    #expect(filtering.anomaly(of: hidden) == .blurredFace)
  }

  @Test func patchesOfOtherColorsShapesAndGroundsAreNoFaces() throws {
    let grey = try picture(256, 256) { x, y in
      (80..<176).contains(x) && (80..<192).contains(y) ? 210 : 120 + noise(x, y) / 2
    }
    let stripe = try picture(256, 256, isSkin: true) { x, y in
      (96..<144).contains(y) ? 210 : 120 + noise(x, y) / 2
    }
    let small = try picture(256, 256, isSkin: true) { x, y in
      (96..<128).contains(x) && (96..<128).contains(y) ? 210 : 120 + noise(x, y) / 2
    }
    let smooth = try picture(256, 256, isSkin: true) { x, y in
      (80..<176).contains(x) && (80..<192).contains(y) ? 210 : 150
    }
    for (name, image) in [("grey", grey), ("stripe", stripe), ("small", small), ("smooth", smooth)]
    {
      #expect(filtering.anomaly(of: image) == nil, "\(name)")
    }
  }

  @Test func thresholdsAreThoseOfTheConfiguration() throws {
    var configuration = BuildConfiguration()
    configuration.maximumSpeckPixelCount = 4
    configuration.blur.minimumContrast = 200
    let filtering = Filtering(configuration)
    let four = try Stacks.layer("", x: 0, y: 0, width: 2, height: 2, color: (9, 9, 9)).pixels
    #expect(filtering.anomaly(of: four) == .speck)
    let blurred = try picture(200, 160) { x, y in
      128 + 90 * Self.wave(x, 100) * Self.wave(y, 80)
    }
    #expect(filtering.anomaly(of: blurred) == nil)
  }
}
