import Raster

/// Pictures with the PNG bytes that they were decoded from, so that those nobody edited keep their bytes.
package struct EncodedPictures: Sendable {
  private var entries: [Int: (image: RasterImage, bytes: [UInt8])] = [:]

  /// Knows no picture.
  package init() {}

  /// Remembers the bytes of a picture if they are PNG; one that several layers show costs memory once.
  package mutating func remember(_ picture: DecodedImage, bytes: [UInt8], ofLayer index: Int) {
    if picture.format == .png { entries[index] = (picture.image, bytes) }
  }

  /// A PNG file of an image: the bytes of layer `index` where its picture is the same, new ones otherwise.
  ///
  /// - Throws: ``ImageCodecError``.
  package func png(
    of image: RasterImage, ofLayer index: Int?
  ) throws(ImageCodecError) -> [UInt8] {
    if let index, let entry = entries[index], entry.image == image { return entry.bytes }
    return try image.encoded(as: .png)
  }
}

extension PixelSize {
  /// The size that the header of a picture file declares; no pixel is decoded.
  ///
  /// - Throws: ``ImageCodecError``: no PNG, JPEG or WebP, damaged, or more pixels than the limit.
  package init(
    ofPicture bytes: [UInt8], options: DecodingOptions
  ) throws(ImageCodecError) {
    switch RecognizedFormat(firstBytes: Array(bytes.prefix(16))) {
    case .readable(let format):
      self = try PictureHeader(reading: bytes, as: format, options: options).size
    case .foreign(let name): throw ImageCodecError(.unsupportedFormat(name: name))
    case .unknown: throw ImageCodecError(bytes.isEmpty ? .empty : .unknownFormat)
    }
  }
}
