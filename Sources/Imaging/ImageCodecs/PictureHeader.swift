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
    let result = bytes.withUnsafeBufferPointer { source in
      notes.withPointer { notes in
        switch format {
        case .png: ci_png_read_header(source.baseAddress, source.count, &header, notes)
        case .jpeg: ci_jpeg_read_header(source.baseAddress, source.count, &header, notes)
        case .webp: ci_webp_read_header(source.baseAddress, source.count, &header, notes)
        }
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
    frameCount = format == .png ? animationFrameCount(inPNG: bytes) : Int(header.frames)
    stored = header
  }
}

/// The number of frames that an animated PNG declares; 1 for any other.
///
/// libpng skips the chunks of animations. The one that counts stands before the pixels: four bytes of
/// length, "acTL", the count.
private func animationFrameCount(inPNG bytes: [UInt8]) -> Int {
  func integer(at offset: Int) -> Int {
    bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }
  var offset = 8
  while offset + 12 <= bytes.count {
    let name = bytes[offset + 4..<offset + 8]
    if name.elementsEqual("acTL".utf8) { return max(1, integer(at: offset + 8)) }
    if name.elementsEqual("IDAT".utf8) { return 1 }
    offset += 12 + integer(at: offset)
  }
  return 1
}
