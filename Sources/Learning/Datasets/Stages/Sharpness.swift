import Raster

/// Brightness of an image and how much it bends from pixel to pixel.
struct Sharpness {
  let width: Int
  let height: Int
  /// 0...255, row by row.
  let brightness: [Float]
  /// Whether a pixel is opaque, or nearly so.
  let isSolid: [Bool]
  /// The absolute Laplacian: four times the pixel less its four neighbours; -1 where one of them is not solid.
  let laplacian: [Float]

  init(of image: RasterImage) {
    let (width, height) = (image.size.width, image.size.height)
    var brightness = [Float](repeating: 0, count: width * height)
    var isSolid = [Bool](repeating: false, count: width * height)
    image.pixels.withUnsafeBufferPointer { bytes in
      for index in 0..<width * height {
        let first = index * 4
        let (red, green) = (Float(bytes[first]), Float(bytes[first + 1]))
        brightness[index] = 0.299 * red + 0.587 * green + 0.114 * Float(bytes[first + 2])
        isSolid[index] = bytes[first + 3] >= 250
      }
    }
    var laplacian = [Float](repeating: -1, count: width * height)
    laplacian.withUnsafeMutableBufferPointer { laplacian in
      brightness.withUnsafeBufferPointer { level in
        isSolid.withUnsafeBufferPointer { isSolid in
          for y in 1..<max(1, height - 1) {
            for here in y * width + 1..<max(y * width + 1, (y + 1) * width - 1) {
              let isJudged =
                isSolid[here] && isSolid[here - 1] && isSolid[here + 1] && isSolid[here - width]
                && isSolid[here + width]
              let around =
                level[here - 1] + level[here + 1] + level[here - width] + level[here + width]
              if isJudged { laplacian[here] = abs(4 * level[here] - around) }
            }
          }
        }
      }
    }
    self.width = width
    self.height = height
    self.brightness = brightness
    self.isSolid = isSolid
    self.laplacian = laplacian
  }
}
