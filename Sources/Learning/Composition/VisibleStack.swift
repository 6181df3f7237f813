import Raster

/// Layers with the picture that they give, and how much of each shows.
struct VisibleStack {
  private let canvas: PixelSize
  private(set) var layers: [DrawnLayer] = []
  /// The composite, by the arithmetic of `LayerStack.composite()`.
  private(set) var picture: RasterImage
  /// The composite below each layer.
  private var below: [RasterImage] = []

  /// A layer shows where so many pixels change by so many levels.
  static let leastChange = 8
  static let leastShare = 0.0012

  init(on canvas: PixelSize) {
    self.canvas = canvas
    guard let empty = try? RasterImage(size: canvas) else {
      preconditionFailure("the options limit the canvas")
    }
    picture = empty
  }

  mutating func append(_ layer: DrawnLayer) {
    guard layer.pixels.frame.width > 0, layer.pixels.frame.height > 0 else { return }
    layers.append(layer)
    below.append(picture)
    Self.lay(layer.pixels, over: &picture, within: layer.pixels.frame)
  }

  mutating func remove(at place: Int) {
    let later = layers[(place + 1)...]
    layers.removeSubrange(place...)
    picture = below[place]
    below.removeSubrange(place...)
    later.forEach { append($0) }
  }

  /// The first layer without which the picture is nearly the same.
  var firstHidden: Int? {
    let least = max(12, Int(Self.leastShare * Double(canvas.width * canvas.height)))
    return layers.indices.first { place in
      let frame = layers[place].pixels.frame
      var other = below[place]
      for layer in layers[(place + 1)...] { Self.lay(layer.pixels, over: &other, within: frame) }
      return !differs(from: other, in: frame, at: least)
    }
  }

  /// Whether that many pixels of a rectangle differ.
  private func differs(from other: RasterImage, in frame: PixelRectangle, at least: Int) -> Bool {
    picture.pixels.withUnsafeBufferPointer { mine in
      other.pixels.withUnsafeBufferPointer { others in
        var count = 0
        for y in frame.y..<frame.y + frame.height {
          for x in frame.x..<frame.x + frame.width {
            let first = (y * canvas.width + x) * 4
            var change = 0
            for channel in first..<first + 4 {
              change = max(change, abs(Int(mine[channel]) - Int(others[channel])))
            }
            if change >= Self.leastChange { count += 1 }
          }
          if count >= least { return true }
        }
        return false
      }
    }
  }

  /// Lays pixels over a picture, as `Image.alpha_composite` of Pillow does, where they are in a rectangle.
  private static func lay(
    _ pixels: PlacedPixels, over picture: inout RasterImage, within part: PixelRectangle
  ) {
    let width = picture.size.width
    let frame = pixels.frame
    let left = max(frame.x, part.x)
    let right = min(frame.x + frame.width, part.x + part.width)
    let top = max(frame.y, part.y)
    let bottom = min(frame.y + frame.height, part.y + part.height)
    guard left < right, top < bottom else { return }
    picture.updatePixels { target in
      pixels.bytes.withUnsafeBufferPointer { source in
        for y in top..<bottom {
          var from = ((y - frame.y) * frame.width + left - frame.x) * 4
          var to = (y * width + left) * 4
          for _ in left..<right {
            let alpha = UInt32(source[from + 3])
            if alpha > 0 {
              let total = alpha * 255 + UInt32(target[to + 3]) * (255 - alpha)
              let weight = alpha * 255 * 255 * 128 / total
              for channel in 0..<3 {
                let sum =
                  UInt32(source[from + channel]) * weight
                  + UInt32(target[to + channel]) * (255 * 128 - weight) + (128 << 7)
                target[to + channel] = UInt8(truncatingIfNeeded: (((sum >> 8) + sum) >> 8) >> 7)
              }
              let rounded = total + 128
              target[to + 3] = UInt8(truncatingIfNeeded: ((rounded >> 8) + rounded) >> 8)
            }
            from += 4
            to += 4
          }
        }
      }
    }
  }
}
