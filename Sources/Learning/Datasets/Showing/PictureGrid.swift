import Raster
import Shards

/// Composites side by side, eight in a row.
package struct PictureGrid: Sendable {
  private let columnCount = 8
  private let gap = 12
  /// The longest side of a picture; larger ones are made smaller.
  private let longestSide = 512

  package init() {}

  /// Draws the pictures.
  ///
  /// - Parameter samples: At most some hundreds; with none the grid is empty.
  /// - Returns: An opaque picture.
  /// - Throws: `RasterError` where the grid would be too large.
  package func image(of samples: [TrainingSample]) throws(RasterError) -> RasterImage {
    let side = min(
      longestSide, samples.map { max($0.canvas.width, $0.canvas.height) }.max() ?? 1)
    let rows = max(1, (samples.count + columnCount - 1) / columnCount)
    let columns = max(1, min(columnCount, samples.count))
    var grid = try RasterImage(
      size: PixelSize(
        width: columns * (side + gap) + gap, height: rows * (side + gap) + gap),
      filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    for (place, sample) in samples.enumerated() {
      let longest = max(sample.canvas.width, sample.canvas.height)
      let size = PixelSize(
        width: max(1, sample.canvas.width * side / longest),
        height: max(1, sample.canvas.height * side / longest))
      let image = try sample.composite.resized(to: size, using: .lanczos)
      grid.put(
        image, x: gap + place % columnCount * (side + gap),
        y: gap + place / columnCount * (side + gap))
    }
    return grid
  }
}

extension RasterImage {
  /// Copies an image to a place of this one, which has room for it.
  fileprivate mutating func put(_ image: RasterImage, x left: Int, y top: Int) {
    let width = size.width
    updatePixels { target in
      for y in 0..<image.size.height {
        let from = y * image.size.width * 4
        let to = ((top + y) * width + left) * 4
        for offset in 0..<image.size.width * 4 { target[to + offset] = image.pixels[from + offset] }
      }
    }
  }
}
