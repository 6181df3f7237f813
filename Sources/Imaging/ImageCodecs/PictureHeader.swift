import CImageCodecs
import Raster

/// What a file declares of its pixels before any of them is read.
struct PictureHeader {
  let format: ImageFormat
  let size: PixelSize
  let hasAlpha: Bool
  let frameCount: Int

  /// The header as the C interface knows it.
  let stored: ci_header

  /// Reads and checks a header; no memory for pixels is taken.
  ///
  /// - Throws: ``ImageCodecError``: damaged, or more pixels than the limit.
  init(
    reading bytes: [UInt8], as format: ImageFormat, options: DecodingOptions
  ) throws(ImageCodecError) {
    let notes = CodecNotes(metadataLimit: options.maximumMetadataByteCount)
    var header = ci_header()
    let result = bytes.withUnsafeBufferPointer { buffer in
      switch format {
      case .png: ci_png_read_header(buffer.baseAddress, buffer.count, &header, notes.pointer)
      case .jpeg: ci_jpeg_read_header(buffer.baseAddress, buffer.count, &header, notes.pointer)
      case .webp: ci_webp_read_header(buffer.baseAddress, buffer.count, &header, notes.pointer)
      }
    }
    guard result == 1 else { throw notes.malformed(format) }
    let size = PixelSize(width: Int(header.width), height: Int(header.height))
    guard let pixelCount = size.pixelCount, pixelCount <= options.maximumPixelCount else {
      throw ImageCodecError(.tooManyPixels(format, size: size, limit: options.maximumPixelCount))
    }
    guard size.isInRange else { throw ImageCodecError(.sizeOutOfRange(format, size: size)) }
    self.format = format
    self.size = size
    hasAlpha = header.has_alpha != 0
    frameCount = Int(header.frames)
    stored = header
  }
}
