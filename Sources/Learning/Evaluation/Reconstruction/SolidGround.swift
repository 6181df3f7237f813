import ImageCodecs
import Raster

/// The colours that a picture with transparency is laid over before it is compared, and the picture itself.
package enum SolidGround: String, CaseIterable, Hashable, Sendable, Codable {
  case gray, black, white, red, green, blue, yellow, cyan, magenta

  /// Red, green and blue, 0...255.
  private var color: (UInt8, UInt8, UInt8) {
    switch self {
    case .gray: (128, 128, 128)
    case .black: (0, 0, 0)
    case .white: (255, 255, 255)
    case .red: (255, 0, 0)
    case .green: (0, 255, 0)
    case .blue: (0, 0, 255)
    case .yellow: (255, 255, 0)
    case .cyan: (0, 255, 255)
    case .magenta: (255, 0, 255)
    }
  }

  /// A picture over this colour: in 32-bit floats between 0 and 1, then cut off, not rounded, to bytes, as the protocol
  /// does.
  func blended(_ picture: RasterImage) -> RasterImage {
    let (red, green, blue) = color
    let ground = [Float(red) / 255, Float(green) / 255, Float(blue) / 255]
    var blended = picture
    blended.updatePixels { pixels in
      for first in stride(from: 0, to: pixels.count, by: 4) {
        let alpha = Float(pixels[first + 3]) / 255
        for channel in 0..<3 {
          let value = alpha * (Float(pixels[first + channel]) / 255) + (1 - alpha) * ground[channel]
          pixels[first + channel] = UInt8(min(max(value * 255, 0), 255))
        }
        pixels[first + 3] = 255
      }
    }
    return blended
  }
}

/// How a blended picture is stored before it is compared.
package enum BlendStorage: String, Hashable, Sendable, Codable {
  /// JPEG of quality 75 with halved colour resolution: Pillow's own choice, which the protocol took.
  case jpeg
  case lossless

  /// What is left of an opaque picture.
  ///
  /// - Throws: `ImageCodecError`.
  func stored(_ picture: RasterImage) throws -> RasterImage {
    switch self {
    case .jpeg:
      try DecodedImage(decoding: picture.encoded(as: .jpeg(quality: 75, chroma: .half))).image
    case .lossless: picture
    }
  }
}
