import DocumentModel
import Raster

/// Moves by whole pixels.
struct Movement: Transformation {
  let dx: Int
  let dy: Int

  var keepsPixels: Bool { true }

  func target(of frame: PixelRectangle, name: String) throws(EditingError) -> PixelRectangle {
    let (x, isTooWide) = frame.x.addingReportingOverflow(dx)
    let (y, isTooHigh) = frame.y.addingReportingOverflow(dy)
    guard !isTooWide, !isTooHigh else { throw .positionOutOfRange(name: name) }
    return try PixelRectangle(x: x, y: y, width: frame.width, height: frame.height)
      .checked(name: name)
  }

  func transformed(
    _ image: RasterImage, from frame: PixelRectangle, to target: PixelRectangle,
    outside: RGBAPixel
  ) throws(RasterError) -> RasterImage {
    image
  }
}

extension LayerNode {
  /// The smallest rectangle that holds the pixels of all layers here; `nil` where there are none.
  var box: PixelRectangle? {
    switch self {
    case .layer(let layer): layer.frame
    case .group(let group):
      group.children.lazy.compactMap(\.box).reduce(nil) { $0?.enclosing($1) ?? $1 }
    }
  }

  /// ``box``, for operations that need one.
  ///
  /// - Throws: ``EditingError/noPixels(name:)``.
  func requireBox() throws(EditingError) -> PixelRectangle {
    guard let box else { throw .noPixels(name: attributes.name) }
    return box
  }

  /// The node with the corner of its box at a place.
  func placed(x: Int, y: Int) throws(EditingError) -> LayerNode {
    let box = try requireBox()
    let (dx, isTooWide) = x.subtractingReportingOverflow(box.x)
    let (dy, isTooHigh) = y.subtractingReportingOverflow(box.y)
    guard !isTooWide, !isTooHigh else { throw .positionOutOfRange(name: attributes.name) }
    return try transformed(by: Movement(dx: dx, dy: dy))
  }
}

extension PixelRectangle {
  /// The smallest rectangle that holds both; corners of 32 bits cannot overflow it.
  fileprivate func enclosing(_ other: PixelRectangle) -> PixelRectangle {
    let left = min(x, other.x)
    let top = min(y, other.y)
    return PixelRectangle(
      x: left, y: top, width: max(x + width, other.x + other.width) - left,
      height: max(y + height, other.y + other.height) - top)
  }
}
