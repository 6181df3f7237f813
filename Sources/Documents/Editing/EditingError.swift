import DocumentModel
import Raster

/// Why a document cannot be edited as asked; the document is unchanged.
package enum EditingError: Error, Hashable, Sendable {
  /// No layer or group has that place in the tree.
  case noSuchPlace(String)

  /// No layer or group has that name.
  case noSuchName(String)

  /// Several layers or groups have that name, at these places in the tree.
  case ambiguousName(String, places: [NodePath])

  /// A path that leads to no layer or group, or a tree that no document may have.
  case document(DocumentError)

  /// A number that is not finite or not in its range.
  case valueOutOfRange(quantity: String, found: Double, range: ClosedRange<Double>)

  /// A scale that is not finite or not above 0.
  case scaleOutOfRange(Double)

  /// A corner or an edge of the layer, or of a mask, would lie beyond 32 bits.
  case positionOutOfRange(name: String)

  /// Pixels of a size that no picture may have.
  case sizeOutOfRange(name: String, PixelSize)

  /// What the operation makes has more pixels in all than a picture may have.
  case tooManyPixels(name: String, found: Int)

  /// The operation needs pixels, and the layer or group has none.
  case noPixels(name: String)

  /// The operation is one for layers.
  case isGroup(name: String)

  /// Only groups can pass through.
  case passThroughLayer(name: String)

  /// A colour that layers cannot be given, because it is transparent.
  case transparentColor(RGBAPixel)

  /// No place of that number among the siblings.
  case noSuchIndex(Int, siblingCount: Int)
}

extension EditingError: CustomStringConvertible {
  /// One line that says what was found and what was expected.
  package var description: String {
    switch self {
    case .noSuchPlace(let place): "no layer or group lies at \(place)"
    case .noSuchName(let name): "no layer or group is named \(name.debugDescription)"
    case .ambiguousName(let name, let places):
      "\(places.count) layers and groups are named \(name.debugDescription); give the place of one: "
        + places.map(\.description).joined(separator: ", ")
    case .document(let error): error.description
    case .valueOutOfRange(let quantity, let found, let range):
      "\(quantity) \(found) is not in \(range.lowerBound)...\(range.upperBound)"
    case .scaleOutOfRange(let scale): "a scale of \(scale) is not a number above 0"
    case .positionOutOfRange(let name):
      "\(name.debugDescription) would lie more than 2^31 pixels from the canvas's corner"
    case .sizeOutOfRange(let name, let size):
      "\(name.debugDescription): \(RasterError.sizeOutOfRange(size))"
    case .tooManyPixels(let name, let found):
      "\(name.debugDescription) would have \(found) pixels in all, "
        + "at most \(PixelSize.maximumPixelCount) are allowed"
    case .noPixels(let name): "\(name.debugDescription) has no pixels"
    case .isGroup(let name): "\(name.debugDescription) is a group, a layer is needed"
    case .passThroughLayer(let name):
      "\(name.debugDescription) is a layer, only groups can pass through"
    case .transparentColor(let color):
      "a colour of alpha \(color.alpha) cannot be given to a layer, its own alpha is kept"
    case .noSuchIndex(let index, let count):
      "no index \(index) among \(count) siblings, counted 0...\(max(0, count - 1)) from the back"
    }
  }

  /// Whether a number was given that no document can take.
  package var isOfUsage: Bool {
    switch self {
    case .valueOutOfRange, .scaleOutOfRange, .transparentColor: true
    default: false
    }
  }
}
