import Raster

/// Pictures in rows on one picture, what is transparent over a checkerboard.
enum ContactSheet {
  private static let gap = 8
  private static let square = 8

  /// The sheet of some rows; `RasterError` where it would be too large.
  static func drawn(_ rows: [[RasterImage]]) throws -> RasterImage {
    let heights = rows.map { $0.map(\.size.height).max() ?? 0 }
    let widths = rows.map { $0.reduce(gap) { $0 + $1.size.width + gap } }
    let size = PixelSize(
      width: max(widths.max() ?? 0, 1), height: max(heights.reduce(gap) { $0 + $1 + gap }, 1))
    var sheet = try RasterImage(
      size: size, filledWith: RGBAPixel(red: 96, green: 96, blue: 96, alpha: 255))
    var y = gap
    for (row, height) in zip(rows, heights) {
      var x = gap
      for picture in row {
        paste(try overCheckerboard(picture), into: &sheet, x: x, y: y)
        x += picture.size.width + gap
      }
      y += height + gap
    }
    return sheet
  }

  private static func overCheckerboard(_ picture: RasterImage) throws -> RasterImage {
    var board = try RasterImage(size: picture.size)
    let width = picture.size.width
    board.updatePixels { pixels in
      for index in 0..<pixels.count / 4 {
        let isLight = (index % width / square + index / width / square).isMultiple(of: 2)
        let value: UInt8 = isLight ? 255 : 208
        for channel in 0..<3 { pixels[index * 4 + channel] = value }
        pixels[index * 4 + 3] = 255
      }
    }
    return try board.composited(under: picture)
  }

  private static func paste(_ picture: RasterImage, into sheet: inout RasterImage, x: Int, y: Int) {
    let sheetWidth = sheet.size.width
    let (width, height) = (picture.size.width, picture.size.height)
    sheet.updatePixels { target in
      for row in 0..<height {
        for byte in 0..<width * 4 {
          target[((y + row) * sheetWidth + x) * 4 + byte] = picture.pixels[row * width * 4 + byte]
        }
      }
    }
  }
}
