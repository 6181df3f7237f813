import CImageCodecs
import Raster

/// How a picture is written.
public enum ImageEncoding: Hashable, Sendable {
  /// RGBA of 8 bits, marked as sRGB.
  case png

  /// RGB of 8 bits without alpha, marked as sRGB; for opaque pictures.
  case opaquePNG

  /// JPEG of a quality in 1...100; for opaque pictures.
  case jpeg(quality: Int, chroma: ChromaResolution = .full)

  /// Lossy WebP of a quality in 1...100.
  case webp(quality: Int)

  /// Lossless WebP; colours under alpha 0 are kept.
  case losslessWebP

  /// The format of the file.
  public var format: ImageFormat {
    switch self {
    case .png, .opaquePNG: .png
    case .jpeg: .jpeg
    case .webp, .losslessWebP: .webp
    }
  }

  private var quality: Int? {
    switch self {
    case .png, .opaquePNG, .losslessWebP: nil
    case .jpeg(let quality, _), .webp(let quality): quality
    }
  }

  fileprivate func check(_ image: RasterImage) throws(ImageCodecError) {
    if let quality, !(1...100).contains(quality) {
      throw ImageCodecError(.qualityOutOfRange(quality))
    }
    guard max(image.size.width, image.size.height) <= format.maximumSide else {
      throw ImageCodecError(.sideTooLong(format, size: image.size))
    }
    guard format != .jpeg && self != .opaquePNG || image.isOpaque else {
      throw ImageCodecError(.notOpaque(format))
    }
  }
}

/// How finely JPEG stores colour, apart from brightness.
public enum ChromaResolution: Hashable, Sendable {
  /// A colour for each pixel (4:4:4).
  case full
  /// A colour for each two by two pixels (4:2:0), as most programs write.
  case half
}

/// What a file's length is worth.
package enum EncodingEffort: Hashable, Sendable {
  case usual
  /// Several times as fast, somewhat longer.
  case quick
}

extension RasterImage {
  /// The bytes of a picture file.
  ///
  /// - Throws: ``ImageCodecError`` where the format cannot hold the image, or memory is short.
  public func encoded(as encoding: ImageEncoding) throws(ImageCodecError) -> [UInt8] {
    try encoded(as: encoding, effort: .usual)
  }

  /// The bytes of a picture file, with an effort that only PNG knows.
  ///
  /// - Throws: ``ImageCodecError`` where the format cannot hold the image, or memory is short.
  package func encoded(
    as encoding: ImageEncoding, effort: EncodingEffort
  ) throws(ImageCodecError) -> [UInt8] {
    let isQuick: Int32 = effort == .quick ? 1 : 0
    try encoding.check(self)
    let notes = CodecNotes(metadataLimit: 0)
    let (width, height) = (UInt32(size.width), UInt32(size.height))
    var count = 0
    let first = pixels.withUnsafeBufferPointer { buffer in
      notes.withPointer { notes in
        let source = buffer.baseAddress
        return switch encoding {
        case .png: ci_png_write(source, width, height, 1, isQuick, &count, notes)
        case .opaquePNG: ci_png_write(source, width, height, 0, isQuick, &count, notes)
        case .jpeg(let quality, let chroma):
          ci_jpeg_write(
            source, width, height, Int32(quality), chroma == .half ? 2 : 1, &count, notes)
        case .webp(let quality):
          ci_webp_write(source, width, height, 0, Float(quality), &count, notes)
        case .losslessWebP: ci_webp_write(source, width, height, 1, 75, &count, notes)
        }
      }
    }
    guard let first else {
      throw ImageCodecError(.notEncoded(encoding.format, detail: notes.error))
    }
    defer { ci_bytes_free(first) }
    return [UInt8](UnsafeBufferPointer(start: first, count: count))
  }
}
