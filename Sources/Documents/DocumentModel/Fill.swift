import Raster

/// What a layer without pixels shows: one colour, everywhere or inside a shape.
package struct Fill: Hashable, Sendable {
  /// The colour, straight alpha.
  package var color: RGBAPixel

  /// Where it shows, as the layer's origin is at 0, 0; `nil` where it has no end.
  package var shape: LayerMask?

  /// Makes a fill of its parts.
  package init(color: RGBAPixel, shape: LayerMask? = nil) {
    self.color = color
    self.shape = shape
  }

  /// The rectangle outside of which it shows nothing; `nil` where it has no end.
  package func frame(at origin: PixelPoint) -> PixelRectangle? {
    guard let shape, shape.defaultValue == 0 else { return nil }
    return shape.moved(by: origin).frame ?? PixelRectangle(x: 0, y: 0, width: 0, height: 0)
  }
}

extension LayerMask {
  /// The mask with its painted part at another place; at the edge of what a place can say, there.
  package func moved(by origin: PixelPoint) -> LayerMask {
    var mask = self
    mask.origin = PixelPoint(
      x: Int32(clamping: Int(mask.origin.x) + Int(origin.x)),
      y: Int32(clamping: Int(mask.origin.y) + Int(origin.y)))
    return mask
  }
}
