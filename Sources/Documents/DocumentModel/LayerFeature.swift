/// Something about a layer that a file says and that its pixels, masks and blend mode do not.
package struct LayerFeature: Hashable, Sendable {
  /// What sort of thing it is.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A shadow, glow, stroke or overlay that is drawn from the layer's shape.
    case effect
    /// A layer that changes the colours below it.
    case adjustment
    /// A colour, gradient or pattern that fills the layer without pixels of its own.
    case fill
    /// Pixels that were drawn from another document.
    case smartObject
    /// Pixels that were drawn from outlines.
    case shape
    /// Pixels that were drawn from text.
    case text
    /// A group with a rectangle and a background of its own.
    case artboard
    /// Advanced blending: ranges that show through, knockout, channels left out.
    case blending
    /// A property of a mask, such as its feather.
    case mask
    /// Anything else.
    case other
  }

  /// What sort of thing it is.
  package var kind: Kind

  /// The feature's name for people, such as "drop shadow".
  package var name: String

  /// Whether the composite shows it, for instance because the layer's pixels hold it already.
  package var isRendered: Bool

  /// Makes a feature of its parts.
  package init(_ kind: Kind, named name: String, isRendered: Bool) {
    self.kind = kind
    self.name = name
    self.isRendered = isRendered
  }
}
