import CImageCodecs
import Raster

/// The pixels of a file as they are stored: in the file's colours, not yet turned upright.
struct StoredPicture {
  let header: PictureHeader
  private let metadataLimit: Int

  /// RGBA or, in a CMYK picture, cyan, magenta, yellow and black of each pixel.
  private(set) var pixels: [UInt8]

  /// The ICC profile; empty where there is none.
  let profile: [UInt8]

  /// The EXIF block, a TIFF file in small; empty where there is none.
  let exif: [UInt8]

  /// What the library complained of.
  let warnings: [ImageCodecWarning]

  /// Reads all pixels; truncated and damaged data is an error.
  init(
    reading bytes: [UInt8], header: PictureHeader, options: DecodingOptions
  ) throws(ImageCodecError) {
    let notes = CodecNotes(metadataLimit: options.maximumMetadataByteCount)
    let byteCount = header.size.width * header.size.height * 4
    let format = header.format
    var stored = header.stored
    var result: Int32 = 0
    pixels = [UInt8](unsafeUninitializedCapacity: byteCount) { target, count in
      result = bytes.withUnsafeBufferPointer { source in
        notes.withPointer { notes in
          let (first, length, target) = (source.baseAddress, source.count, target.baseAddress)
          return switch format {
          case .png: ci_png_read_pixels(first, length, &stored, target, notes)
          case .jpeg: ci_jpeg_read_pixels(first, length, &stored, target, notes)
          case .webp: ci_webp_read_pixels(first, length, &stored, target, notes)
          }
        }
      }
      count = result == 1 ? byteCount : 0
    }
    guard result == 1 else { throw notes.malformed(format) }
    self.header = header
    metadataLimit = options.maximumMetadataByteCount
    profile = notes.profile
    exif = notes.exif
    warnings = notes.warning.map { [Self.warning(of: format, detail: $0)] } ?? []
  }

  /// libpng names the chunk that it complains of; one is that of the profile.
  private static func warning(of format: ImageFormat, detail: String) -> ImageCodecWarning {
    let isOfProfile = format == .png && detail.hasPrefix("iCCP")
    return isOfProfile ? .ignoredProfile(detail: detail) : .library(format, detail: detail)
  }

  /// Makes the pixels sRGB: by the ICC profile where there is a good one, else as they are, and CMYK by
  /// the plain formula.
  ///
  /// - Returns: A warning where there is a profile of no use.
  mutating func convertToSRGB() -> ImageCodecWarning? {
    let isCMYK = header.stored.colour == Int32(CI_CMYK)
    guard !profile.isEmpty else {
      if isCMYK { convertInvertedCMYK() }
      return nil
    }
    let notes = CodecNotes(metadataLimit: metadataLimit)
    let colour = header.stored.colour
    let result = pixels.withUnsafeMutableBufferPointer { target in
      profile.withUnsafeBufferPointer { profile in
        notes.withPointer { notes in
          ci_convert_to_srgb(
            target.baseAddress, target.count / 4, colour, 1, profile.baseAddress, profile.count,
            notes)
        }
      }
    }
    guard result < 0 else { return nil }
    if isCMYK { convertInvertedCMYK() }
    return .ignoredProfile(detail: notes.warning ?? "it cannot be read")
  }

  /// CMYK as Adobe stores it, 255 minus ink, to opaque RGB: the paper that no ink covers, times what
  /// black leaves.
  private mutating func convertInvertedCMYK() {
    pixels.withUnsafeMutableBufferPointer { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let light = Int(bytes[first + 3])
        for channel in first..<first + 3 {
          let shade = ((255 - Int(bytes[channel])) * light + 127) / 255
          bytes[channel] = UInt8(light - shade)
        }
        bytes[first + 3] = 255
      }
    }
  }
}
