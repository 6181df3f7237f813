import Compositing
import DocumentModel
import ImageCodecs

/// Something that a file says and the document does not, or the other way round.
package enum OpenRasterWarning: Hashable, Sendable {
  /// A way to blend that is not known; the layer or group blends normally.
  case unknownBlending(node: String, name: String)

  /// An element that is neither a layer nor a stack; it is left out.
  case unknownElement(name: String)

  /// A place between pixels; the nearest pixel is taken.
  case fraction(node: String)

  /// Something about the picture of a layer.
  case picture(node: String, ImageCodecWarning)

  /// What the format lacks was merged or left out.
  case simplified(Simplification)

  /// A pass-through group with opacity below 1 became isolated.
  case isolated(node: String)

  /// A layer without pixels got an empty picture, as every layer needs one.
  case empty(node: String)

  /// Text is stored as pixels only.
  case text(node: String)

  /// The ICC profile is not stored; pixels are sRGB.
  case profile

  /// Pixels per inch are stored as whole numbers.
  case resolution(Resolution)
}

extension OpenRasterWarning: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .unknownBlending(let node, let name):
      "\(node.debugDescription): the blending \(name.debugDescription) is unknown, taken as normal"
    case .unknownElement(let name): "the element \(name.debugDescription) is left out"
    case .fraction(let node):
      "\(node.debugDescription): its place lies between pixels, the nearest pixel is taken"
    case .picture(let node, let warning): "\(node.debugDescription): \(warning)"
    case .simplified(let change): change.description
    case .isolated(let node): "\(node.debugDescription): the group is isolated for its opacity"
    case .empty(let node): "\(node.debugDescription): has no pixels and gets an empty picture"
    case .text(let node): "\(node.debugDescription): text is stored as pixels"
    case .profile: "the ICC profile is not stored, pixels are sRGB"
    case .resolution(let resolution):
      "\(resolution.horizontal) x \(resolution.vertical) pixels per inch are stored as whole numbers"
    }
  }
}
