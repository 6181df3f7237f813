import Glibc
import Raster

/// Straight RGBA of a rectangle of the canvas; pixels with alpha 0 are black, as on an empty canvas.
struct PlacedPixels {
  let frame: PixelRectangle
  var bytes: [UInt8]

  init(frame: PixelRectangle, bytes: [UInt8]) {
    self.frame = frame
    self.bytes = bytes
  }

  /// Colours a mask.
  init(_ mask: Mask, _ paint: Paint, opacity: Double = 1) {
    frame = mask.frame
    let width = mask.frame.width
    let opacity = Float(opacity * 255)
    bytes = [UInt8](repeating: 0, count: mask.values.count * 4)
    bytes.withUnsafeMutableBufferPointer { bytes in
      mask.values.withUnsafeBufferPointer { values in
        switch paint {
        case .flat(let ink):
          let color = ink.bytes
          for place in values.indices {
            let alpha = UInt8((values[place] * opacity).rounded())
            guard alpha > 0 else { continue }
            bytes[place * 4] = color.x
            bytes[place * 4 + 1] = color.y
            bytes[place * 4 + 2] = color.z
            bytes[place * 4 + 3] = alpha
          }
        case .gradient(let first, let second, let angle):
          let (dx, dy) = (cos(angle), sin(angle))
          let height = width > 0 ? values.count / width : 0
          let reach = max(1, abs(dx) * Double(width) + abs(dy) * Double(height))
          let (middleX, middleY) = (Double(width) / 2, Double(height) / 2)
          let table = (0...255).map { first.mixed(with: second, Double($0) / 255).bytes }
          for place in values.indices {
            let alpha = UInt8((values[place] * opacity).rounded())
            guard alpha > 0 else { continue }
            let (x, y) = (Double(place % width) + 0.5, Double(place / width) + 0.5)
            let share = ((x - middleX) * dx + (y - middleY) * dy) / reach + 0.5
            let color = table[Int(min(255, max(0, share * 255)))]
            bytes[place * 4] = color.x
            bytes[place * 4 + 1] = color.y
            bytes[place * 4 + 2] = color.z
            bytes[place * 4 + 3] = alpha
          }
        }
      }
    }
  }

  /// A picture at a place, cut to the canvas.
  init(_ image: RasterImage, x: Int, y: Int, on canvas: PixelSize) {
    let left = max(0, x)
    let top = max(0, y)
    let width = max(0, min(canvas.width, x + image.size.width) - left)
    let height = max(0, min(canvas.height, y + image.size.height) - top)
    frame = PixelRectangle(x: left, y: top, width: width, height: height)
    guard width > 0, height > 0 else {
      bytes = []
      return
    }
    bytes =
      image.cropped(
        to: PixelRectangle(x: left - x, y: top - y, width: width, height: height)
      ).pixels
    bytes.withUnsafeMutableBufferPointer { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) where bytes[first + 3] == 0 {
        for channel in first..<first + 3 { bytes[channel] = 0 }
      }
    }
  }

  var alpha: Mask {
    Mask(
      frame: frame, values: stride(from: 3, to: bytes.count, by: 4).map { Float(bytes[$0]) / 255 })
  }

  /// These pixels with their alpha multiplied by a mask of the same frame.
  func masked(by mask: Mask) -> PlacedPixels {
    precondition(mask.frame == frame, "a mask of another place")
    var result = self
    result.bytes.withUnsafeMutableBufferPointer { bytes in
      for place in mask.values.indices {
        let alpha = UInt8((Float(bytes[place * 4 + 3]) * mask.values[place]).rounded())
        bytes[place * 4 + 3] = alpha
        if alpha == 0 { for channel in 0..<3 { bytes[place * 4 + channel] = 0 } }
      }
    }
    return result
  }

  /// These pixels laid over other ones, on a rectangle that holds both.
  func with(over other: PlacedPixels) -> PlacedPixels {
    guard frame.width > 0, frame.height > 0 else { return other }
    guard other.frame.width > 0, other.frame.height > 0 else { return self }
    let left = min(frame.x, other.frame.x)
    let top = min(frame.y, other.frame.y)
    let right = max(frame.x + frame.width, other.frame.x + other.frame.width)
    let bottom = max(frame.y + frame.height, other.frame.y + other.frame.height)
    let union = PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
    var result = [UInt8](repeating: 0, count: union.width * union.height * 4)
    result.withUnsafeMutableBufferPointer { target in
      for part in [other, self] {
        part.bytes.withUnsafeBufferPointer { source in
          for y in 0..<part.frame.height {
            let from = y * part.frame.width * 4
            let to = ((part.frame.y - top + y) * union.width + part.frame.x - left) * 4
            for offset in stride(from: 0, to: part.frame.width * 4, by: 4) {
              layOver(source, at: from + offset, target, at: to + offset)
            }
          }
        }
      }
    }
    return PlacedPixels(frame: union, bytes: result)
  }
}

/// Plain "over" of straight alpha within one layer.
@inline(__always)
private func layOver(
  _ source: UnsafeBufferPointer<UInt8>, at from: Int, _ target: UnsafeMutableBufferPointer<UInt8>,
  at to: Int
) {
  let alpha = Int(source[from + 3])
  guard alpha > 0 else { return }
  let below = Int(target[to + 3])
  guard alpha < 255, below > 0 else {
    for channel in 0..<4 { target[to + channel] = source[from + channel] }
    return
  }
  let share = below * (255 - alpha)
  let total = alpha * 255 + share
  for channel in 0..<3 {
    let value = Int(source[from + channel]) * alpha * 255 + Int(target[to + channel]) * share
    target[to + channel] = UInt8((value + total / 2) / total)
  }
  target[to + 3] = UInt8((total + 127) / 255)
}
