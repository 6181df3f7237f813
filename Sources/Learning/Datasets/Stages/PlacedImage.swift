import Raster

/// Pixels with a place on a canvas, cropped to what shows: the form in which layers pass the stages.
package struct PlacedImage: Hashable, Sendable {
  /// The pixels, straight alpha.
  package let image: RasterImage

  /// Where they lie; always inside the canvas.
  package let frame: PixelRectangle

  /// Crops an image to the pixels with alpha above 0; `nil` where there is none.
  ///
  /// - Parameters:
  ///   - image: The pixels.
  ///   - x: The canvas column of its left edge.
  ///   - y: The canvas row of its top edge.
  package init?(cropping image: RasterImage, x: Int, y: Int) {
    guard let box = image.boundingBox else { return nil }
    let isWhole = box.width == image.size.width && box.height == image.size.height
    self.image = isWhole ? image : image.cropped(to: box)
    frame = PixelRectangle(x: x + box.x, y: y + box.y, width: box.width, height: box.height)
  }

  /// How many pixels have alpha above 0.
  package var visiblePixelCount: Int {
    image.pixels.withUnsafeBufferPointer { bytes in
      var count = 0
      for alpha in stride(from: 3, to: bytes.count, by: 4) where bytes[alpha] > 0 { count += 1 }
      return count
    }
  }

  /// The pixels on an otherwise transparent canvas.
  ///
  /// - Precondition: The frame lies inside the canvas.
  package func onCanvas(_ canvas: PixelSize) throws(RasterError) -> RasterImage {
    guard image.size != canvas else { return image }
    var result = try RasterImage(size: canvas)
    image.pixels.withUnsafeBufferPointer { source in
      result.updatePixels { target in
        let length = frame.width * 4
        for row in 0..<frame.height {
          let first = ((frame.y + row) * canvas.width + frame.x) * 4
          _ = UnsafeMutableBufferPointer(rebasing: target[first..<first + length]).update(
            fromContentsOf: source[row * length..<(row + 1) * length])
        }
      }
    }
    return result
  }
}

extension PixelRectangle {
  /// What both share; `nil` where they share nothing.
  func shared(with other: PixelRectangle) -> PixelRectangle? {
    let left = max(x, other.x)
    let top = max(y, other.y)
    let width = min(x + self.width, other.x + other.width) - left
    let height = min(y + self.height, other.y + other.height) - top
    guard width > 0, height > 0 else { return nil }
    return PixelRectangle(x: left, y: top, width: width, height: height)
  }

  /// The smallest rectangle that holds both.
  func joined(with other: PixelRectangle) -> PixelRectangle {
    let left = min(x, other.x)
    let top = min(y, other.y)
    return PixelRectangle(
      x: left, y: top, width: max(x + width, other.x + other.width) - left,
      height: max(y + height, other.y + other.height) - top)
  }

  /// The rectangle that covers a whole canvas.
  init(covering canvas: PixelSize) {
    self.init(x: 0, y: 0, width: canvas.width, height: canvas.height)
  }
}
