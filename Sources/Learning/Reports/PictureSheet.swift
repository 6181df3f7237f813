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

  /// An image as the sheet shows it, for those who keep many until the sheet is drawn.
  package func scaled(_ image: RasterImage) throws(RasterError) -> RasterImage {
    guard let longestSide else { return image }
    let (width, height) = (image.size.width, image.size.height)
    let longest = max(width, height)
    let size = PixelSize(
      width: max(1, width * longestSide / longest), height: max(1, height * longestSide / longest))
    // Twice as large is large enough for the filter to choose from.
    return try image.reduced(by: min(128, longest / (2 * longestSide))).resized(
      to: size, using: .lanczos)
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

extension RasterImage {
  /// The image with each square of so many pixels a side as one, their colours averaged by alpha; what is left over at the
  /// right and at the bottom goes.
  fileprivate func reduced(by side: Int) throws(RasterError) -> RasterImage {
    guard side > 1, size.width >= side, size.height >= side else { return self }
    var result = try RasterImage(
      size: PixelSize(width: size.width / side, height: size.height / side))
    let (width, columnCount, rowCount) = (size.width, result.size.width, result.size.height)
    pixels.withUnsafeBytes { source in
      result.updatePixels { target in
        for row in 0..<rowCount {
          for column in 0..<columnCount {
            var (red, green, blue, alpha) = (UInt32(0), UInt32(0), UInt32(0), UInt32(0))
            for y in row * side..<(row + 1) * side {
              let first = (y * width + column * side) * 4
              for byte in stride(from: first, to: first + side * 4, by: 4) {
                let share = UInt32(source[byte + 3])
                red += UInt32(source[byte]) * share
                green += UInt32(source[byte + 1]) * share
                blue += UInt32(source[byte + 2]) * share
                alpha += share
              }
            }
            guard alpha > 0 else { continue }
            let place = (row * columnCount + column) * 4
            target[place] = UInt8((red + alpha / 2) / alpha)
            target[place + 1] = UInt8((green + alpha / 2) / alpha)
            target[place + 2] = UInt8((blue + alpha / 2) / alpha)
            target[place + 3] = UInt8(alpha / UInt32(side * side))
          }
        }
      }
    }
    return result
  }
}
