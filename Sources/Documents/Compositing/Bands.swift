import DocumentModel
import Raster

extension LayeredDocument {
  /// Merges all visible layers band by band, from the top.
  ///
  /// The bands have the width of the canvas, and together the pixels of ``composite()``. The memory
  /// needed follows the band, not the canvas: about 8 MiB, or a row of tiles of a wide canvas.
  ///
  /// - Parameter take: Receives each band; what it throws ends the merging.
  /// - Throws: `RasterError` never for a canvas in range, or what `take` throws.
  package func compositeBands(_ take: (RasterImage) throws -> Void) throws {
    for band in bands { try take(composite(of: band)) }
  }

  /// The canvas in bands that are merged one by one.
  package var bands: [PixelRectangle] {
    // Whole rows of tiles, so that no tile is a sliver.
    let height = max(1, (1 << 21) / canvas.width / Self.tileHeight) * Self.tileHeight
    return stride(from: 0, to: canvas.height, by: height).map { y in
      PixelRectangle(x: 0, y: y, width: canvas.width, height: min(height, canvas.height - y))
    }
  }
}
