/// What layers and groups have in common.
package struct LayerAttributes: Hashable, Sendable {
  /// The name as people gave it: any characters, possibly none or another's; not a file name.
  package var name: String

  /// Whether it shows; a hidden group hides its members.
  package var isVisible: Bool

  /// How much of it shows, effects included.
  package var opacity: Opacity

  /// How much of its own pixels shows; effects are not touched by it.
  package var fillOpacity: Opacity

  /// How it meets what is below.
  package var blendMode: BlendMode

  /// Whether it shows only where the nearest unclipped layer or group below it, its base, does.
  package var isClipped: Bool

  /// The mask that users paint.
  package var mask: LayerMask?

  /// The raster of the mask that outlines make.
  package var vectorMask: LayerMask?

  /// What else the file says about it, rendered or not.
  package var features: [LayerFeature]

  /// Blocks that only the original format understands, in their order there.
  package var preserved: [PreservedBlock]

  /// Where in the file it was read from.
  package var source: SourceReference

  /// Makes attributes; what is left out is as in a new layer.
  package init(
    name: String, isVisible: Bool = true, opacity: Opacity = .opaque,
    fillOpacity: Opacity = .opaque, blendMode: BlendMode = .normal, isClipped: Bool = false,
    mask: LayerMask? = nil, vectorMask: LayerMask? = nil, features: [LayerFeature] = [],
    preserved: [PreservedBlock] = [], source: SourceReference = .none
  ) {
    self.name = name
    self.isVisible = isVisible
    self.opacity = opacity
    self.fillOpacity = fillOpacity
    self.blendMode = blendMode
    self.isClipped = isClipped
    self.mask = mask
    self.vectorMask = vectorMask
    self.features = features
    self.preserved = preserved
    self.source = source
  }
}
