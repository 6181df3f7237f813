import Compositing
import DocumentModel

/// Something that a document says and the presentation does not.
package enum PowerPointWarning: Hashable, Sendable {
  /// What the format lacks was merged or left out.
  case simplified(Simplification)

  /// PowerPoint lays everything over what is below it; the blend mode is lost.
  case blending(node: String, BlendMode)

  /// The opacity of a group went into its members, which show through one another now.
  case groupOpacity(node: String)

  /// A layer without pixels, or a group in which nothing is left, is left out.
  case empty(node: String)

  /// A layer that reaches too far beyond the slide is cropped to the canvas; outside of it, left out.
  case cropped(node: String)

  /// The text stands in a text box instead of its picture; it looks as the fonts at hand make it.
  case textBox(node: String)

  /// The ICC profile is not stored; pixels are sRGB.
  case profile

  /// The slide has not the canvas's size in inches but this share of it.
  case scaled(Double)

  /// The canvas is narrower than any slide of its length; the slide's right or lower part is empty.
  case slideExceedsCanvas
}

extension PowerPointWarning: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .simplified(let change): change.description
    case .blending(let node, let mode):
      "\(node.debugDescription): the blend mode \(mode) is stored as normal"
    case .groupOpacity(let node):
      "\(node.debugDescription): the group's opacity is stored in its members"
    case .empty(let node): "\(node.debugDescription): has nothing to show and is left out"
    case .cropped(let node): "\(node.debugDescription): what lies beyond the canvas is left out"
    case .textBox(let node): "\(node.debugDescription): is a text box that depends on fonts"
    case .profile: "the ICC profile is not stored, pixels are sRGB"
    case .scaled(let scale): "the slide is \(scale) times the size of the canvas in inches"
    case .slideExceedsCanvas: "the canvas is too narrow for a slide and fills only a part of it"
    }
  }
}
