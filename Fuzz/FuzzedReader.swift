import Compositing
import DocumentModel
import ImageCodecs
import LayerFiles
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
  /// The bytes are `layers.json` beside pictures of 3 x 2.
  case layers
  case picture

  /// The reader of this process; libFuzzer's callback cannot carry it.
  nonisolated(unsafe) static var selected = FuzzedReader.psd

  /// Reads as the program would, and uses what came out: errors are the good outcome.
  func read(_ bytes: [UInt8]) {
    switch self {
    case .psd: readPhotoshop(bytes)
    case .openraster: readOpenRaster(bytes)
    case .stack:
      let files = [("mimetype", Array("image/openraster".utf8)), ("stack.xml", bytes)]
      if let archive = try? archive(of: files, picture: "data/layer000.png") {
        readOpenRaster(archive)
      }
    case .layers:
      guard let archive = try? archive(of: [("layers.json", bytes)], picture: "layer-00.png")
      else { return }
      for isLenient in [false, true] {
        let files = try? LayerFiles(archive: archive, options: pictureLimits, isLenient: isLenient)
        if let files { merge(files.document) }
      }
    case .picture:
      guard let picture = try? DecodedImage(decoding: bytes, options: pictureLimits) else { return }
      precondition(picture.image.pixels.count == 4 * (picture.image.size.pixelCount ?? -1))
    }
  }

  /// A file that opens must also be written as it was, strictly and leniently read, and merged.
  private func readPhotoshop(_ bytes: [UInt8]) {
    for isLenient in [false, true] {
      guard let file = try? PhotoshopFile(reading: bytes, isLenient: isLenient),
        isLenient || (try? file.bytes()) == bytes || fails("written otherwise than read"),
        let read = try? file.readDocument(isLenient: isLenient)
      else { continue }
      merge(read.document)
    }
  }

  private func fails(_ reason: String) -> Bool { preconditionFailure(reason) }

  private func readOpenRaster(_ bytes: [UInt8]) {
    guard let file = try? OpenRasterFile(decoding: bytes, options: pictureLimits) else { return }
    merge(file.document)
  }

  private func archive(of files: [(String, [UInt8])], picture: String) throws -> [UInt8] {
    var archive: [UInt8] = []
    var writer = ZipWriter { archive += $0 }
    for (name, bytes) in files { try writer.append(bytes, named: name, method: .stored) }
    let pixels = try RasterImage(size: PixelSize(width: 3, height: 2)).encoded(as: .png)
    try writer.append(pixels, named: picture, method: .stored)
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
