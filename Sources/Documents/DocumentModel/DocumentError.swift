import Raster

/// Why a document or a part of it cannot be made.
package enum DocumentError: Error, Hashable, Sendable {
  /// The canvas, or the raster of a mask, has a size that no picture may have.
  case sizeOutOfRange(PixelSize)

  /// The bytes of a mask are not one for each pixel.
  case byteCount(found: Int, expected: Int)

  /// Pixels per inch that are not finite or not above 0.
  case resolutionOutOfRange(Double)

  /// Groups lie in groups more than ``LayerGroup/maximumHeight`` times.
  case nestingTooDeep

  /// More layers and groups than ``LayeredDocument/maximumNodeCount``.
  case tooManyNodes(found: Int)

  /// A path that leads to no layer or group.
  case noSuchNode(NodePath)
}

extension DocumentError: CustomStringConvertible {
  /// One line that says what was found and what was expected.
  package var description: String {
    switch self {
    case .sizeOutOfRange(let size):
      RasterError.sizeOutOfRange(size).description
    case .byteCount(let found, let expected):
      "the mask is \(found) bytes, expected \(expected)"
    case .resolutionOutOfRange(let value):
      "a resolution of \(value) pixels per inch is out of range"
    case .nestingTooDeep:
      "groups are nested more than \(LayerGroup.maximumHeight) deep"
    case .tooManyNodes(let found):
      "\(found) layers and groups, at most \(LayeredDocument.maximumNodeCount) are allowed"
    case .noSuchNode(let path):
      "no layer or group at \(path)"
    }
  }
}
