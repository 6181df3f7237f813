import ByteIO
import DocumentModel
import ImageCodecs

/// Something that `layers.json` says and the document does not, or the other way round.
package enum LayerFilesWarning: Hashable, Sendable {
  /// A way to blend that is not known; the layer or group blends normally.
  case unknownBlendMode(String)

  /// Something about the picture of a layer or a mask.
  case picture(file: String, ImageCodecWarning)

  /// A picture that could not be read; the layer or the mask is without pixels.
  case broken(file: String, reason: String)

  /// Blocks that only another format understands.
  case preservedBlocks(count: Int)

  /// The colour profile, which `layers.json` cannot name; pixels are sRGB.
  case profile
}

extension LayerFilesWarning: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .unknownBlendMode(let name):
      "the blend mode \(name.debugDescription) is unknown, taken as normal"
    case .picture(let file, let warning): "\(file): \(warning)"
    case .broken(let file, let reason): "\(file): \(reason), left out"
    case .preservedBlocks(let count):
      "\(count) blocks that only the original format understands cannot be stored"
    case .profile: "the colour profile cannot be stored"
    }
  }
}
