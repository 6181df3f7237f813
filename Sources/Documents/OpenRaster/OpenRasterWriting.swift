import Compositing
import DocumentModel
import ImageCodecs
import Raster
import ZipArchive

extension LayeredDocument {
  /// Writes an OpenRaster file: the type first and stored, the stack, a PNG for each layer, the merged
  /// picture and a thumbnail.
  ///
  /// Masks and clipping, which the format lacks, are merged into pixels; fill opacity goes into opacity.
  /// Equal documents give equal bytes.
  ///
  /// - Parameters:
  ///   - original: The file that the document was read from, if any: a layer whose pixels are as they
  ///     were there keeps the very bytes of its PNG.
  ///   - sink: Takes the bytes of the file one part after another.
  /// - Returns: What the file does not hold.
  /// - Throws: `ZipWriteError`, `ImageCodecError`, `RasterError`, `DocumentError` or what the sink throws.
  @discardableResult
  package func writeOpenRaster(
    reusing original: OpenRasterFile? = nil, to sink: @escaping ([UInt8]) throws -> Void
  ) throws -> [OpenRasterWarning] {
    let (plain, changes) = try simplified()
    var stack = StackWriter(document: plain)
    let image = stack.imageElement()
    var archive = ZipWriter(to: sink)
    try archive.append(
      Array(OpenRasterLayout.type.utf8), named: OpenRasterLayout.typeEntry, method: .stored)
    try archive.append(image.document(), named: OpenRasterLayout.stackEntry)
    let empty = try RasterImage(size: PixelSize(width: 1, height: 1))
    for (index, layer) in stack.layers.enumerated() {
      let bytes = try original?.originalPicture(of: layer)
      try archive.append(
        try bytes ?? (layer.pixels ?? empty).encoded(as: .png),
        named: StackWriter.entryName(ofPicture: index), method: .stored)
    }
    let merged = try composite()
    try archive.append(
      try merged.encoded(as: .png), named: OpenRasterLayout.mergedEntry, method: .stored)
    let thumbnail = try merged.resized(to: canvas.thumbnailSize, using: .lanczos)
    try archive.append(
      try thumbnail.encoded(as: .png), named: OpenRasterLayout.thumbnailEntry, method: .stored)
    try archive.finish()
    return changes.map(OpenRasterWarning.simplified) + stack.warnings
  }
}

extension PixelSize {
  /// The size at which the picture fits the thumbnail's square, never enlarged.
  fileprivate var thumbnailSize: PixelSize {
    let longest = max(width, height)
    guard longest > OpenRasterLayout.thumbnailSide else { return self }
    func scaled(_ side: Int) -> Int {
      max(1, (side * OpenRasterLayout.thumbnailSide + longest / 2) / longest)
    }
    return PixelSize(width: scaled(width), height: scaled(height))
  }
}
