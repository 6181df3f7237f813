import DocumentModel
import Raster

/// Multiplies distances from a corner, which stays.
struct Scaling: Transformation {
  /// The corner's column and row.
  let corner: (x: Int, y: Int)
  let scale: (x: Double, y: Double)

  func target(of frame: PixelRectangle, name: String) throws(EditingError) -> PixelRectangle {
    let (x, width) = try scaled(
      frame.x, frame.width, from: corner.x, by: scale.x, name: name)
    let (y, height) = try scaled(
      frame.y, frame.height, from: corner.y, by: scale.y, name: name)
    return try PixelRectangle(x: x, y: y, width: width, height: height).checked(name: name)
  }

  /// Both edges rounded to whole pixels, halves away from the corner.
  private func scaled(
    _ start: Int, _ length: Int, from corner: Int, by scale: Double, name: String
  ) throws(EditingError) -> (start: Int, length: Int) {
    let edges = [start - corner, start + length - corner].map { (Double($0) * scale).rounded() }
    // Far beyond what a rectangle may have, and still exact.
    guard let first = Int(exactly: edges[0]), let last = Int(exactly: edges[1]),
      max(first.magnitude, last.magnitude) < 1 << 40
    else { throw .positionOutOfRange(name: name) }
    return (corner + first, max(1, last - first))
  }

  func transformed(
    _ image: RasterImage, from frame: PixelRectangle, to target: PixelRectangle,
    outside: RGBAPixel
  ) throws(RasterError) -> RasterImage {
    try image.resized(
      to: PixelSize(width: target.width, height: target.height), using: .lanczos)
  }
}

extension LayerNode {
  /// The node with width and height multiplied.
  func scaled(x: Double, y: Double) throws(EditingError) -> LayerNode {
    for scale in [x, y] where !(scale > 0 && scale.isFinite) { throw .scaleOutOfRange(scale) }
    let box = try requireBox()
    return try transformed(by: Scaling(corner: (box.x, box.y), scale: (x, y)))
  }

  /// The node with a box of a size.
  func resized(to size: PixelSize) throws(EditingError) -> LayerNode {
    let box = try requireBox()
    guard size.isInRange else { throw .sizeOutOfRange(name: attributes.name, size) }
    let scale = (
      x: Double(size.width) / Double(box.width), y: Double(size.height) / Double(box.height)
    )
    return try transformed(by: Scaling(corner: (box.x, box.y), scale: scale))
  }

  /// A layer with a picture in its box.
  func withPixels(of picture: RasterImage) throws(EditingError) -> LayerNode {
    guard case .layer(var layer) = self else { throw .isGroup(name: attributes.name) }
    let target = try requireBox().fitted(picture.size)
    layer.pixels = try checked(attributes.name, target) { () throws(RasterError) in
      try picture.resized(
        to: PixelSize(width: target.width, height: target.height), using: .lanczos)
    }
    layer.origin = PixelPoint(cornerOf: target)
    return LayerNode.layer(layer).withoutInstructions
  }
}

extension PixelRectangle {
  /// The largest rectangle of the proportions of a size that fits here, in the middle.
  fileprivate func fitted(_ size: PixelSize) -> PixelRectangle {
    // Products of two sides fit an Int; the side that decides is exact.
    let isWide = size.width * height >= size.height * width
    func rounded(_ dividend: Int, _ divisor: Int) -> Int {
      max(1, (dividend + divisor / 2) / divisor)
    }
    let newWidth = isWide ? width : min(width, rounded(size.width * height, size.height))
    let newHeight = isWide ? min(height, rounded(size.height * width, size.width)) : height
    return PixelRectangle(
      x: x + (width - newWidth) / 2, y: y + (height - newHeight) / 2, width: newWidth,
      height: newHeight)
  }
}
