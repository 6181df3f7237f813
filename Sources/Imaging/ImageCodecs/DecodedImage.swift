import CImageCodecs
import Raster

/// Something about a picture file that was put right or left out.
public enum ImageCodecWarning: Hashable, Sendable, CustomStringConvertible {
  /// The ICC profile is of no use; its pixels are taken for sRGB.
  case ignoredProfile(detail: String)

  /// Only the first of several frames was read.
  case firstFrameOnly(frameCount: Int)

  /// The library complained of something that changes no pixel.
  case library(ImageFormat, detail: String)

  /// One line.
  public var description: String {
    switch self {
    case .ignoredProfile(let detail): "the ICC profile is ignored: \(detail)"
    case .firstFrameOnly(let frameCount): "only the first of \(frameCount) frames is used"
    case .library(let format, let detail): "\(format.rawValue): \(detail)"
    }
  }
}

/// A picture file as pixels: upright, in sRGB, 8 bits a channel.
///
/// - EXIF orientation is applied; ICC profiles of RGB, grey and CMYK are converted by Little CMS with
///   perceptual intent, except those that move no colour by more than one level. Gamma and chromaticity
///   chunks of PNG without a profile are left unread, as most programs do.
/// - 16-bit PNG samples become `round(255 * v / 65535)`; a transparent colour is compared before that.
/// - CMYK in JPEG is read as Adobe writes it (inverted); without a profile red is
///   `255 * (1 - cyan) * (1 - black)`, likewise green and blue.
/// - A palette index beyond the palette is opaque black.
/// - Colours under alpha 0 stay as they are in the file.
public struct DecodedImage: Hashable, Sendable {
  /// The pixels.
  public var image: RasterImage

  /// The format of the file, by its first bytes.
  public var format: ImageFormat

  /// Whether the file has an alpha channel or a transparent colour, used or not.
  public var hasAlpha: Bool

  /// What was put right or left out.
  public var warnings: [ImageCodecWarning]

  /// Reads a picture file.
  ///
  /// - Throws: ``ImageCodecError`` with the path; pipes, sockets and devices are refused unread.
  public init(
    contentsOf path: String, options: DecodingOptions = DecodingOptions()
  ) throws(ImageCodecError) {
    do throws(ImageCodecError) {
      let bytes = try readFile(path, maximumByteCount: options.maximumFileByteCount)
      try self.init(decoding: bytes, options: options)
    } catch {
      throw ImageCodecError(error.problem, path: path)
    }
  }

  /// Decodes the bytes of a picture file.
  ///
  /// - Throws: ``ImageCodecError`` for what is no PNG, JPEG or WebP, damaged, truncated or too large.
  public init(
    decoding bytes: [UInt8], options: DecodingOptions = DecodingOptions()
  ) throws(ImageCodecError) {
    guard !bytes.isEmpty else { throw ImageCodecError(.empty) }
    guard bytes.count <= options.maximumFileByteCount else {
      throw ImageCodecError(
        .fileTooLarge(byteCount: bytes.count, limit: options.maximumFileByteCount))
    }
    switch RecognizedFormat(firstBytes: Array(bytes.prefix(16))) {
    case .readable(let format): try self.init(decoding: bytes, as: format, options: options)
    case .foreign(let name): throw ImageCodecError(.unsupportedFormat(name: name))
    case .unknown: throw ImageCodecError(.unknownFormat)
    }
  }

  private init(
    decoding bytes: [UInt8], as format: ImageFormat, options: DecodingOptions
  ) throws(ImageCodecError) {
    let header = try PictureHeader(reading: bytes, as: format, options: options)
    var picture = try StoredPicture(reading: bytes, header: header, options: options)
    self.format = format
    hasAlpha = header.hasAlpha
    warnings = picture.warnings
    if let warning = picture.convertToSRGB() { warnings.append(warning) }
    if header.frameCount > 1 { warnings.append(.firstFrameOnly(frameCount: header.frameCount)) }
    do throws(RasterError) {
      let stored = try RasterImage(size: header.size, pixels: picture.pixels)
      image = try stored.turnedUpright(from: EXIFOrientation(exif: picture.exif))
    } catch {
      throw ImageCodecError(.sizeOutOfRange(format, size: header.size))
    }
  }
}
