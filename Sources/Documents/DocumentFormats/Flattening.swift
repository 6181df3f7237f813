import Compositing
import PSD
import Raster

extension OpenedDocument {
  /// Merges all visible layers band by band, from the top, in the colours of the file where it is CMYK, else in those of
  /// the document.
  ///
  /// - Parameters:
  ///   - isLenient: As the document was read.
  ///   - take: Receives each band, of the width of the canvas; what it throws ends the merging.
  /// - Throws: `RasterError`, or what `take` throws.
  package func compositeBands(
    isLenient: Bool = false, _ take: (RasterImage) throws -> Void
  ) throws {
    if case .photoshop(let file) = original,
      let inks = try InkDocument(of: file, isLenient: isLenient)
    {
      for band in document.bands { try take(inks.composite(of: band)) }
    } else {
      try document.compositeBands(take)
    }
  }

  /// All visible layers merged, as ``compositeBands(isLenient:_:)`` does.
  ///
  /// - Parameter isLenient: As the document was read.
  /// - Returns: A picture of the canvas.
  /// - Throws: `RasterError`.
  package func composite(isLenient: Bool = false) throws -> RasterImage {
    if case .photoshop(let file) = original,
      let inks = try InkDocument(of: file, isLenient: isLenient)
    {
      return try inks.composite()
    }
    return try document.composite()
  }
}
