import ByteIO
import DocumentModel
import Raster

/// Turns pixels and masks into the channels of layer records, packed in PackBits.
struct ChannelWriting {
  let version: FileHeader.Version
  let colors: StoredColors

  /// What a layer without pixels has: every channel, with no samples.
  var emptyChannels: [LayerChannel] {
    let ids = [-1] + (0..<Int16(clamping: colors.channelCount))
    return ids.map { LayerChannel(id: $0, compression: .raw) }
  }

  /// The rectangle of the pixels that show and their channels, transparency first.
  ///
  /// - Throws: ``PhotoshopWritingError`` where the file's colours or its size do not allow it.
  func channels(
    of image: RasterImage, at origin: PixelPoint, layer name: String
  ) throws -> (rectangle: ChannelRectangle, channels: [LayerChannel]) {
    guard colors.takesLayers else { throw PhotoshopWritingError.uneditableColors(colors.colorMode) }
    guard let box = image.boundingBox else {
      return (
        try rectangle(at: origin, size: PixelSize(width: 0, height: 0), layer: name), emptyChannels
      )
    }
    let area = PixelRectangle(
      x: Int(origin.x) + box.x, y: Int(origin.y) + box.y, width: box.width, height: box.height)
    let rectangle = try rectangle(area, layer: name)
    let isWhole = box.width == image.size.width && box.height == image.size.height
    var pixels = isWhole ? image.pixels : image.cropped(to: box).pixels
    var channels = [try channel(-1, of: pixels, byte: 3, stride: 4, width: box.width)]
    colors.convert(&pixels)
    for color in 0..<colors.channelCount {
      channels.append(
        try channel(Int16(color), of: pixels, byte: color, stride: 4, width: box.width))
    }
    return (rectangle, channels)
  }

  /// The channel of a mask's painted part.
  func channel(of mask: GreyImage?) throws(SectionTooLong) -> LayerChannel {
    guard let mask else { return LayerChannel(id: -2, compression: .raw) }
    return try channel(-2, of: mask.pixels, byte: 0, stride: 1, width: mask.size.width)
  }

  private func channel(
    _ id: Int16, of pixels: [UInt8], byte: Int, stride: Int, width: Int
  ) throws(SectionTooLong) -> LayerChannel {
    var rows = PackedRows()
    pixels.withUnsafeBufferPointer { bytes in
      colors.pack(
        bytes, channel: byte, stride: stride, width: width,
        meaning: id < 0 ? .coverage : .color, to: &rows)
    }
    return LayerChannel(
      id: id, compression: .runLength, data: try rows.channelData(in: version))
  }

  /// A rectangle as records hold it.
  ///
  /// - Throws: ``PhotoshopWritingError/rectangleOutOfRange(layer:_:limit:)``.
  func rectangle(
    at origin: PixelPoint, size: PixelSize, layer name: String
  ) throws(PhotoshopWritingError) -> ChannelRectangle {
    try rectangle(PixelRectangle(origin: origin, size: size), layer: name)
  }

  private func rectangle(
    _ area: PixelRectangle, layer name: String
  ) throws(PhotoshopWritingError) -> ChannelRectangle {
    let limit = version.maximumSide
    guard max(area.width, area.height) <= limit, let top = Int32(exactly: area.y),
      let left = Int32(exactly: area.x), let bottom = Int32(exactly: area.y + area.height),
      let right = Int32(exactly: area.x + area.width),
      let made = ChannelRectangle(top: top, left: left, bottom: bottom, right: right)
    else { throw .rectangleOutOfRange(layer: name, area, limit: limit) }
    return made
  }
}
