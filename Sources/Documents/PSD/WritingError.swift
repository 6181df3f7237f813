import Raster

/// Why a document cannot be a PSD or PSB file.
package enum PhotoshopWritingError: Error, Hashable, Sendable {
  /// A side of the canvas is longer than the format allows.
  case canvasTooLarge(PixelSize, limit: Int)
  /// A layer or a mask is longer than the format allows, or lies too far away.
  case rectangleOutOfRange(layer: String, PixelRectangle, limit: Int)
  /// More pixels per inch than the format can say.
  case resolutionOutOfRange(Double)
  /// Pixels of a layer were edited in a file whose colours cannot be written.
  case uneditableColors(FileHeader.ColorMode)
  /// No thumbnail or profile could be made.
  case outOfMemory
}

extension PhotoshopWritingError: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .canvasTooLarge(let size, let limit):
      "a canvas of \(size) pixels is too large: a side has at most \(limit)"
    case .rectangleOutOfRange(let layer, let area, let limit):
      """
      layer "\(layer)": \(area.width) x \(area.height) pixels at \(area.x), \(area.y) are out of \
      range: a side has at most \(limit)
      """
    case .resolutionOutOfRange(let value):
      "a resolution of \(value) pixels per inch is out of range: at most 65535"
    case .uneditableColors(let mode):
      "cannot store edited pixels in a \(mode.name) file; convert it to RGB first"
    case .outOfMemory: "out of memory"
    }
  }
}

extension FileHeader.ColorMode {
  /// The mode's name for people.
  package var name: String {
    switch self {
    case .bitmap: "bitmap"
    case .grayscale: "grayscale"
    case .indexed: "indexed"
    case .rgb: "RGB"
    case .cmyk: "CMYK"
    case .multichannel: "multichannel"
    case .duotone: "duotone"
    case .lab: "Lab"
    }
  }
}
