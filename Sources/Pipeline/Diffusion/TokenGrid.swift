import Raster

/// The size of a picture in the autoencoder's space, 8 times smaller a side.
package struct LatentSize: Hashable, Sendable {
  package let width: Int
  package let height: Int

  package init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// - Parameter size: In pixels; what is left over below a multiple of 16 is cut off, as packing needs.
  package init(for size: PixelSize) {
    width = size.width / 16 * 2
    height = size.height / 16 * 2
  }
}

/// The rows and columns of tokens that stand for one picture; a token is 2 x 2 latents.
package struct TokenGrid: Hashable, Sendable {
  package let rows: Int
  package let columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package init(for size: LatentSize) {
    rows = size.height / 2
    columns = size.width / 2
  }

  package var tokenCount: Int { rows * columns }
}

/// The size at which the model works on a picture.
package enum WorkingSize {
  /// The size of area near `resolution`² with the picture's aspect, sides in multiples of 32.
  ///
  /// Source: diffusers `calculate_dimensions`. The picture is stretched to it, by less than half of 32 pixels a side.
  ///
  /// - Parameters:
  ///   - size: Of the picture in pixels.
  ///   - resolution: In pixels, 640 or 1024 for the official model.
  /// - Returns: nil where a side would be zero, for pictures that are far too long.
  package static func fitting(_ size: PixelSize, resolution: Int) -> PixelSize? {
    let ratio = Double(size.width) / Double(size.height)
    let width = (Double(resolution * resolution) * ratio).squareRoot()
    let height = width / ratio
    func multipleOf32(_ length: Double) -> Int? {
      Int(exactly: (length / 32).rounded(.toNearestOrEven)).map { $0 * 32 }
    }
    guard let width = multipleOf32(width), let height = multipleOf32(height), width > 0, height > 0
    else { return nil }
    return PixelSize(width: width, height: height)
  }
}
