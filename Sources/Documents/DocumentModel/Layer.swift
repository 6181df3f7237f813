import Raster

/// Pixels with a place on the canvas.
package struct Layer: Hashable, Sendable {
  /// Name, opacity, blend mode, masks and the like.
  package var attributes: LayerAttributes

  /// The pixels; `nil` for a layer without any, such as an adjustment.
  package var pixels: RasterImage?

  /// Where the top left corner of ``pixels`` lies; they may reach beyond the canvas or miss it.
  package var origin: PixelPoint

  /// The text that the pixels show, where it is known.
  package var text: TextContent?

  /// What a layer without pixels does to the colours below it.
  package var adjustment: Adjustment?

  /// What a layer without pixels shows instead.
  package var fill: Fill?

  /// Makes a layer of its parts.
  package init(
    attributes: LayerAttributes, pixels: RasterImage?, origin: PixelPoint = .zero,
    text: TextContent? = nil, adjustment: Adjustment? = nil, fill: Fill? = nil
  ) {
    self.attributes = attributes
    self.pixels = pixels
    self.origin = origin
    self.text = text
    self.adjustment = adjustment
    self.fill = fill
  }

  /// The rectangle of the pixels on the canvas.
  package var frame: PixelRectangle? {
    pixels.map { PixelRectangle(origin: origin, size: $0.size) }
  }
}
