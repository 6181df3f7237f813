import Raster

/// Pictures in rows and columns on one picture, what is transparent over a checkerboard.
package struct PictureSheet: Sendable {
  /// Pixels that the longest side of every picture gets; nil leaves pictures as they are.
  package var longestSide: Int?
  private let gap = 8
  private let square = 8

  package init(longestSide: Int? = nil) { self.longestSide = longestSide }

  /// Draws the sheet; pictures one below the other begin in the same column.
  ///
  /// - Parameter rows: At most some hundreds; with none the sheet is one pixel in a margin.
  /// - Returns: An opaque picture.
  /// - Throws: `RasterError` where the sheet would be too large.
  package func image(of rows: [[RasterImage]]) throws(RasterError) -> RasterImage {
    var shown: [[RasterImage]] = []
    for row in rows {
      var images: [RasterImage] = []
      for image in row { images.append(try scaled(image)) }
      shown.append(images)
    }
    let columnCount = shown.map(\.count).max() ?? 0
    let widths = (0..<columnCount).map { column in
      shown.map { column < $0.count ? $0[column].size.width : 0 }.max() ?? 0
    }
    let heights = shown.map { $0.map(\.size.height).max() ?? 0 }
    var sheet = try RasterImage(
      size: PixelSize(
        width: widths.reduce(gap) { $0 + $1 + gap } + (widths.isEmpty ? 1 : 0),
        height: heights.reduce(gap) { $0 + $1 + gap } + (heights.isEmpty ? 1 : 0)),
      filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    var top = gap
    for (row, height) in zip(shown, heights) {
      var left = gap
      for (image, width) in zip(row, widths) {
        draw(image, on: &sheet, x: left, y: top)
        left += width + gap
      }
      top += height + gap
    }
    return sheet
  }

  private func scaled(_ image: RasterImage) throws(RasterError) -> RasterImage {
    guard let longestSide else { return image }
    let (width, height) = (image.size.width, image.size.height)
    let longest = max(width, height)
    let size = PixelSize(
      width: max(1, width * longestSide / longest), height: max(1, height * longestSide / longest))
    return try image.resized(to: size, using: .lanczos)
  }

  private func draw(_ image: RasterImage, on sheet: inout RasterImage, x left: Int, y top: Int) {
    let sheetWidth = sheet.size.width
    let (width, height) = (image.size.width, image.size.height)
    image.pixels.withUnsafeBufferPointer { source in
      sheet.updatePixels { target in
        for y in 0..<height {
          for x in 0..<width {
            let from = (y * width + x) * 4
            let to = ((top + y) * sheetWidth + left + x) * 4
            let ground = (x / square + y / square).isMultiple(of: 2) ? 204 : 238
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
