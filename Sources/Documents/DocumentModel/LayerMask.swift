import Raster

/// A grey picture that scales the alpha of a layer or a group: 0 hides, 255 shows.
///
/// Both masks of Photoshop have this form: the one that users paint, and the raster of a vector mask.
package struct LayerMask: Hashable, Sendable {
  /// The painted part; `nil` where the mask is ``defaultValue`` everywhere.
  package var pixels: GreyImage?

  /// Where the top left corner of ``pixels`` lies on the canvas.
  package var origin: PixelPoint

  /// The value outside the painted part.
  package var defaultValue: UInt8

  /// Whether the mask is switched off, so that all shows.
  package var isDisabled: Bool

  /// Whether the mask moves with its layer; ``origin`` counts from the canvas all the same.
  package var isLinked: Bool

  /// How strong the mask is: at density 0 even the value 0 hides nothing.
  package var density: Opacity

  /// The radius in pixels by which the edges are to be softened; kept, not rendered.
  package var featherRadius: Double

  /// Makes a mask of its parts.
  package init(
    pixels: GreyImage?, origin: PixelPoint = .zero, defaultValue: UInt8 = 255,
    isDisabled: Bool = false, isLinked: Bool = true, density: Opacity = .opaque,
    featherRadius: Double = 0
  ) {
    self.pixels = pixels
    self.origin = origin
    self.defaultValue = defaultValue
    self.isDisabled = isDisabled
    self.isLinked = isLinked
    self.density = density
    self.featherRadius = featherRadius
  }

  /// The rectangle of the painted part on the canvas.
  package var frame: PixelRectangle? {
    pixels.map { PixelRectangle(origin: origin, size: $0.size) }
  }
}
