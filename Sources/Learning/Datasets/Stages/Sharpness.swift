import Raster

/// Brightness of an image and how much it bends from pixel to pixel.
struct Sharpness {
  let width: Int
  let height: Int
  /// 0...255, row by row.
  let brightness: [Float]
  /// 1 where a pixel is opaque, or nearly so, else 0.
  let solidity: [UInt8]
  /// The absolute Laplacian: four times the pixel less its four neighbours; -1 where one of them is not solid.
  let laplacian: [Float]

  init(of image: RasterImage) {
    let (width, height) = (image.size.width, image.size.height)
    let count = width * height
    var solidity = [UInt8](repeating: 0, count: count)
    let brightness = [Float](unsafeUninitializedCapacity: count) { brightness, filledCount in
      image.pixels.withUnsafeBytes { bytes in
        solidity.withUnsafeMutableBufferPointer { solidity in
          for index in 0..<count {
            let pixel = UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            let red = Float(Int32(truncatingIfNeeded: pixel & 255))
            let green = Float(Int32(truncatingIfNeeded: pixel >> 8 & 255))
            let blue = Float(Int32(truncatingIfNeeded: pixel >> 16 & 255))
            brightness[index] = 0.299 * red + 0.587 * green + 0.114 * blue
            solidity[index] = pixel >> 24 >= 250 ? 1 : 0
          }
        }
      }
      filledCount = count
    }
    var laplacian = [Float](repeating: -1, count: count)
    laplacian.withUnsafeMutableBufferPointer { laplacian in
      brightness.withUnsafeBufferPointer { level in
        solidity.withUnsafeBufferPointer { solidity in
          for y in 1..<max(1, height - 1) {
            for here in y * width + 1..<max(y * width + 1, (y + 1) * width - 1) {
              let judged =
                solidity[here] & solidity[here - 1] & solidity[here + 1] & solidity[here - width]
                & solidity[here + width]
              let around =
                level[here - 1] + level[here + 1] + level[here - width] + level[here + width]
              laplacian[here] = judged == 0 ? -1 : abs(4 * level[here] - around)
            }
          }
        }
      }
    }
    self.width = width
    self.height = height
    self.brightness = brightness
    self.solidity = solidity
    self.laplacian = laplacian
  }
}
