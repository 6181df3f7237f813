import Compositing
import DocumentModel
import ImageCodecs
import OpenRaster
import PSD
import Raster
import ZipArchive

/// A reader of bytes that nobody vouches for: it may throw, and nothing else may happen.
enum FuzzedReader: String, CaseIterable {
  case psd
  case openraster
  /// The bytes are `stack.xml` of a sound archive, which a mutated archive's checksums would hide.
  case stack
  case picture

  /// The reader of this process; libFuzzer's callback cannot carry it.
  nonisolated(unsafe) static var selected = FuzzedReader.psd

  /// Reads as the program would, and uses what came out: errors are the good outcome.
  func read(_ bytes: [UInt8]) {
    switch self {
    case .psd: readPhotoshop(bytes)
    case .openraster: readOpenRaster(bytes)
    case .stack: if let archive = try? archive(ofStack: bytes) { readOpenRaster(archive) }
    case .picture:
      guard let picture = try? DecodedImage(decoding: bytes, options: pictureLimits) else { return }
      precondition(picture.image.pixels.count == 4 * (picture.image.size.pixelCount ?? -1))
    }
  }

  /// A file that opens must also be written as it was, strictly and leniently read, and merged.
  private func readPhotoshop(_ bytes: [UInt8]) {
    for isLenient in [false, true] {
      guard let file = try? PhotoshopFile(reading: bytes, isLenient: isLenient),
        let read = try? file.readDocument(isLenient: isLenient)
      else { continue }
      merge(read.document)
    }
  }

  private func readOpenRaster(_ bytes: [UInt8]) {
    guard let file = try? OpenRasterFile(decoding: bytes, options: pictureLimits) else { return }
    merge(file.document)
  }

  private func archive(ofStack stack: [UInt8]) throws -> [UInt8] {
    var archive: [UInt8] = []
    var writer = ZipWriter { archive += $0 }
    let pixel = try RasterImage(size: PixelSize(width: 3, height: 2)).encoded(as: .png)
    try writer.append(Array("image/openraster".utf8), named: "mimetype", method: .stored)
    try writer.append(stack, named: "stack.xml", method: .stored)
    try writer.append(pixel, named: "data/layer000.png", method: .stored)
    try writer.finish()
    return archive
  }

  private func merge(_ document: LayeredDocument) {
    // A canvas costs what its header says, whatever the file holds.
    guard let count = document.canvas.pixelCount, count <= 1 << 18 else { return }
    _ = try? document.composite()
  }
}

/// Small enough that a thousand runs a second are possible.
private let pictureLimits: DecodingOptions = {
  var options = DecodingOptions()
  options.maximumPixelCount = 1 << 20
  return options
}()
