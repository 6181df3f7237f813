import DocumentModel
import Glibc
import Raster

extension LayerNode {
  /// The node turned clockwise about the centre of its box.
  func rotated(degrees: Double) throws(EditingError) -> LayerNode {
    let range = -360_000.0...360_000
    guard range.contains(degrees) else {
      throw .valueOutOfRange(quantity: "an angle of", found: degrees, range: range)
    }
    let box = try requireBox()
    let remainder = degrees.truncatingRemainder(dividingBy: 360)
    let angle = remainder < 0 ? remainder + 360 : remainder
    // A tiny negative angle may round to a whole turn.
    guard angle != 0, angle < 360 else { return self }
    // Twice the centre is a whole number.
    let center = (x: 2 * box.x + box.width, y: 2 * box.y + box.height)
    if angle.truncatingRemainder(dividingBy: 90) == 0 {
      return try transformed(by: QuarterTurns(count: Int(angle) / 90, doubledCenter: center))
    }
    return try transformed(
      by: Rotation(
        center: (Double(center.x) / 2, Double(center.y) / 2), radians: angle * .pi / 180))
  }
}

/// Turns by 90, 180 or 270 degrees clockwise, pixel for pixel.
struct QuarterTurns: Transformation {
  /// 1, 2 or 3.
  let count: Int
  let doubledCenter: (x: Int, y: Int)

  func target(of frame: PixelRectangle, name: String) throws(EditingError) -> PixelRectangle {
    // Halves are rounded down, for every rectangle about one centre in the same way.
    let sum = (doubledCenter.x + doubledCenter.y) >> 1
    let right = frame.x + frame.width
    let bottom = frame.y + frame.height
    let (width, height) = (frame.width, frame.height)
    let target =
      switch count {
      case 1:
        PixelRectangle(
          x: sum - bottom, y: ((doubledCenter.y - doubledCenter.x) >> 1) + frame.x,
          width: height, height: width)
      case 2:
        PixelRectangle(
          x: doubledCenter.x - right, y: doubledCenter.y - bottom, width: width, height: height)
      default:
        PixelRectangle(
          x: ((doubledCenter.x - doubledCenter.y) >> 1) + frame.y, y: sum - right,
          width: height, height: width)
      }
    return try target.checked(name: name)
  }

  func transformed(
    _ image: RasterImage, from frame: PixelRectangle, to target: PixelRectangle,
    outside: RGBAPixel
  ) throws(RasterError) -> RasterImage {
    let (right, bottom) = (image.size.width - 1, image.size.height - 1)
    let size = PixelSize(width: target.width, height: target.height)
    var result = try RasterImage(size: size)
    image.pixels.withUnsafeBytes { source in
      result.updatePixels { bytes in
        let bytes = UnsafeMutableRawBufferPointer(bytes)
        for y in 0..<size.height {
          for x in 0..<size.width {
            let (column, row) =
              switch count {
              case 1: (y, bottom - x)
              case 2: (right - x, bottom - y)
              default: (right - y, x)
              }
            bytes.storeBytes(
              of: source.loadUnaligned(
                fromByteOffset: (row * image.size.width + column) * 4, as: UInt32.self),
              toByteOffset: (y * size.width + x) * 4, as: UInt32.self)
          }
        }
      }
    }
    return result
  }
}

/// Turns by any angle about a point, clockwise; rows go down.
struct Rotation: Transformation {
  let center: (x: Double, y: Double)
  private let cosine: Double
  private let sine: Double

  init(center: (x: Double, y: Double), radians: Double) {
    self.center = center
    cosine = cos(radians)
    sine = sin(radians)
  }

  func target(of frame: PixelRectangle, name: String) throws(EditingError) -> PixelRectangle {
    var columns: [Double] = []
    var rows: [Double] = []
    for x in [frame.x, frame.x + frame.width] {
      for y in [frame.y, frame.y + frame.height] {
        let (dx, dy) = (Double(x) - center.x, Double(y) - center.y)
        columns.append(center.x + dx * cosine - dy * sine)
        rows.append(center.y + dx * sine + dy * cosine)
      }
    }
    let (x, width) = covered(columns)
    let (y, height) = covered(rows)
    return try PixelRectangle(x: x, y: y, width: width, height: height).checked(name: name)
  }

  /// The whole pixels that edges touch, but for what arithmetic leaves; at most about 2^34 each.
  private func covered(_ edges: [Double]) -> (start: Int, length: Int) {
    let first = Int(((edges.min() ?? 0) + 1e-6).rounded(.down))
    let last = Int(((edges.max() ?? 0) - 1e-6).rounded(.up))
    return (first, max(1, last - first))
  }

  func transformed(
    _ image: RasterImage, from frame: PixelRectangle, to target: PixelRectangle,
    outside: RGBAPixel
  ) throws(RasterError) -> RasterImage {
    let size = PixelSize(width: target.width, height: target.height)
    var result = try RasterImage(size: size)
    let sampler = CubicSampler(image, outside: outside)
    result.updatePixels { bytes in
      inRows(size.height) { y in
        let dy = Double(target.y + y) + 0.5 - center.y
        for x in 0..<size.width {
          let dx = Double(target.x + x) + 0.5 - center.x
          let pixel = sampler.pixel(
            x: center.x + dx * cosine + dy * sine - Double(frame.x),
            y: center.y - dx * sine + dy * cosine - Double(frame.y))
          let first = (y * size.width + x) * 4
          for channel in 0..<4 { bytes[first + channel] = pixel[channel] }
        }
      }
    }
    return result
  }
}
