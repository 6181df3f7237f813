import Raster
import Shards

/// Samples as one picture: a row for each, its composite first, then its layers from the back over a checkerboard.
package struct ContactSheet: Sendable {
  /// Pixels of a place's side, without the gap.
  package var side = 128
  /// The most layers shown of a sample.
  package var layerCount = 8
  private let gap = 8

  package init() {}

  /// Draws the sheet.
  ///
  /// - Parameter samples: At most some hundreds; with none the sheet is one empty row.
  /// - Returns: An opaque picture.
  /// - Throws: `RasterError` where the sheet would be too large.
  package func image(of samples: [TrainingSample]) throws(RasterError) -> RasterImage {
    let shown = samples.map { min($0.layers.layers.count, layerCount) }
    let columns = 1 + (shown.max() ?? 0)
    let size = PixelSize(
      width: columns * (side + gap) + gap, height: max(1, samples.count) * (side + gap) + gap)
    var sheet = try RasterImage(
      size: size, filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    for (row, sample) in samples.enumerated() {
      let images = [sample.composite] + sample.layers.layers.prefix(layerCount)
      for (column, image) in images.enumerated() {
        sheet.draw(
          try image.resized(to: thumbnailSize(of: image.size), using: .lanczos),
          x: gap + column * (side + gap), y: gap + row * (side + gap))
      }
    }
    return sheet
  }

  private func thumbnailSize(of size: PixelSize) -> PixelSize {
    let longest = max(size.width, size.height)
    return PixelSize(
      width: max(1, size.width * side / longest), height: max(1, size.height * side / longest))
  }
}

extension RasterImage {
  /// Lays an image over a checkerboard at a place of this one, which has room for it.
  fileprivate mutating func draw(_ image: RasterImage, x left: Int, y top: Int) {
    let width = size.width
    image.pixels.withUnsafeBufferPointer { source in
      updatePixels { target in
        for y in 0..<image.size.height {
          for x in 0..<image.size.width {
            let from = (y * image.size.width + x) * 4
            let to = ((top + y) * width + left + x) * 4
            let ground = (x / 8 + y / 8).isMultiple(of: 2) ? 204 : 238
            let alpha = Int(source[from + 3])
            for channel in 0..<3 {
              let value = Int(source[from + channel]) * alpha + ground * (255 - alpha)
              target[to + channel] = UInt8((value + 127) / 255)
            }
          }
        }
      }
    }
  }
}
