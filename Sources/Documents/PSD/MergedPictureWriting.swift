import ByteIO
import Compositing
import DocumentModel
import ImageCodecs
import Raster

/// The merged picture of a document in a file's colours, packed, with a thumbnail.
///
/// It is made band by band: of the pixels themselves only a band exists at any time.
struct MergedPictureWriting {
  /// The colours, blended with white by the picture's transparency.
  private(set) var planes: [PackedRows]
  /// The transparency.
  private(set) var alpha = PackedRows()
  /// Whether nothing is transparent.
  private(set) var isOpaque = true
  private(set) var thumbnail: Thumbnail

  /// - Throws: `RasterError` of compositing, never for a canvas in range.
  init(of document: LayeredDocument, in colors: StoredColors) throws {
    let canvas = document.canvas
    planes = [PackedRows](repeating: PackedRows(), count: colors.channelCount)
    thumbnail = Thumbnail(of: canvas)
    var top = 0
    try document.compositeBands { band in
      append(band, top: top, in: colors)
      top += band.size.height
    }
  }

  private mutating func append(_ band: RasterImage, top: Int, in colors: StoredColors) {
    if isOpaque { isOpaque = band.isOpaque }
    var pixels = band.pixels
    let width = band.size.width
    pixels.withUnsafeBufferPointer { bytes in
      colors.pack(bytes, channel: 3, stride: 4, width: width, meaning: .coverage, to: &alpha)
    }
    pixels.withUnsafeMutableBufferPointer(blendWithWhite)
    thumbnail.add(pixels, top: top)
    colors.convert(&pixels)
    pixels.withUnsafeBufferPointer { bytes in
      for plane in planes.indices {
        colors.pack(
          bytes, channel: plane, stride: 4, width: width, meaning: .color, to: &planes[plane])
      }
    }
  }

  /// Puts the channels together.
  ///
  /// - Parameters:
  ///   - hasAlpha: Whether the transparency follows the colours.
  ///   - others: Channels that follow both.
  ///   - version: Decides how long a row may be.
  /// - Returns: The section, and how many channels it has.
  /// - Throws: `SectionTooLong` where a row is too long for its count.
  func imageData(
    hasAlpha: Bool, others: [PackedRows] = [], in version: FileHeader.Version
  ) throws(SectionTooLong) -> (data: ImageData, channelCount: Int) {
    let channels = planes + (hasAlpha ? [alpha] : []) + others
    var writer = ByteWriter()
    for channel in channels { try channel.writeTable(to: &writer, in: version) }
    var bytes = writer.bytes
    bytes.reserveCapacity(channels.reduce(bytes.count) { $0 + $1.bytes.count })
    for channel in channels { bytes += channel.bytes }
    return (ImageData(compression: .runLength, data: bytes[...]), channels.count)
  }
}

/// Stores colour `c` under alpha `a` as `c a / 255 + 255 - a`, which readers undo.
private func blendWithWhite(_ bytes: inout UnsafeMutableBufferPointer<UInt8>) {
  for first in stride(from: 0, to: bytes.count, by: 4) {
    let alpha = UInt32(bytes[first + 3])
    guard alpha < 255 else { continue }
    for channel in first..<first + 3 {
      let color = (UInt32(bytes[channel]) * alpha + 127) / 255
      bytes[channel] = UInt8(truncatingIfNeeded: color + 255 - alpha)
    }
  }
}

/// A small picture of an opaque one that is handed over in bands: means of samples of it.
struct Thumbnail {
  let size: PixelSize
  private let canvas: PixelSize
  private var sums: [UInt32]

  /// The longest side in pixels, that of Photoshop's own.
  static let longestSide = 160

  /// Samples that a pixel is made of, a side.
  private static let samplesPerSide = 16

  init(of canvas: PixelSize) {
    self.canvas = canvas
    let longest = max(canvas.width, canvas.height, Self.longestSide)
    func scaled(_ side: Int) -> Int { max(1, side * Self.longestSide / longest) }
    size = PixelSize(width: scaled(canvas.width), height: scaled(canvas.height))
    sums = [UInt32](repeating: 0, count: size.width * size.height * 4)
  }

  /// Adds whole rows of pixels.
  mutating func add(_ pixels: [UInt8], top: Int) {
    let columnStep = max(1, canvas.width / (size.width * Self.samplesPerSide))
    let rowStep = max(1, canvas.height / (size.height * Self.samplesPerSide))
    let rowByteCount = canvas.width * 4
    let rows = top..<top + pixels.count / rowByteCount
    let firstRow = (top + rowStep - 1) / rowStep * rowStep
    for row in stride(from: firstRow, to: rows.upperBound, by: rowStep) {
      let target = row * size.height / canvas.height * size.width
      let source = (row - top) * rowByteCount
      for column in stride(from: 0, to: canvas.width, by: columnStep) {
        let cell = (target + column * size.width / canvas.width) * 4
        for channel in 0..<3 {
          sums[cell + channel] += UInt32(pixels[source + column * 4 + channel])
        }
        sums[cell + 3] += 1
      }
    }
  }

  /// Image resource 1036: a JPEG behind its header.
  ///
  /// - Throws: `ImageCodecError` or `RasterError`.
  func resource() throws -> ImageResource {
    var pixels = [UInt8](repeating: 255, count: sums.count)
    for cell in stride(from: 0, to: sums.count, by: 4) {
      let count = max(1, sums[cell + 3])
      for channel in 0..<3 {
        pixels[cell + channel] = UInt8(clamping: (sums[cell + channel] + count / 2) / count)
      }
    }
    let image = try RasterImage(size: size, pixels: pixels)
    let jpeg = try image.encoded(as: .jpeg(quality: 85))
    let rowByteCount = (size.width * 24 + 31) / 32 * 4
    var writer = ByteWriter()
    for value in [1, size.width, size.height, rowByteCount, rowByteCount * size.height, jpeg.count]
    {
      writer.write(UInt32(clamping: value))
    }
    writer.write(24 as UInt16)
    writer.write(1 as UInt16)
    writer.write(jpeg)
    return ImageResource(.thumbnail, data: writer.bytes[...])
  }
}
