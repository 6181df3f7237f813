import Compositing
import DocumentModel
import PSD
import Raster
import RegularFiles

/// How long it took to open and merge a PSD file, and how near the result is to the picture that the file holds itself.
package struct DocumentMeasurement: Codable, Hashable, Sendable {
  /// The path.
  package let file: String
  /// From the first byte read to the last pixel merged.
  package let seconds: Double
  /// Why the file was refused; `nil` where it opened.
  package let refusal: String?
  /// The colour mode and the bits of a sample, as in "rgb 8".
  package let colors: String?
  /// What the composite leaves out, by the names of the features; of visible layers only.
  package let leftOut: [String]
  /// Against the file's own merged picture over white, in dB, at most 99; `nil` where it holds none: it says so, or has
  /// one colour where the layers have several.
  package let psnr: Double?

  /// Opens and merges a file.
  ///
  /// - Parameter path: The file; what is wrong with it becomes ``refusal``.
  package init(of path: String) {
    file = path
    let clock = ContinuousClock()
    let start = clock.now
    let outcome = Result { try MergedFile(path: path) }
    seconds = (clock.now - start) / .seconds(1)
    switch outcome {
    case .success(let merged):
      refusal = nil
      colors = merged.colors
      leftOut = merged.leftOut
      psnr = merged.psnr
    case .failure(let error):
      refusal = "\(error)"
      colors = nil
      leftOut = []
      psnr = nil
    }
  }
}

/// A file whose layers were merged.
private struct MergedFile {
  private let file: PhotoshopFile
  private let document: LayeredDocument
  private let composite: RasterImage

  init(path: String) throws {
    let bytes = try RegularFile.contents(path: path, limit: 1 << 32)
    file = try PhotoshopFile(reading: bytes)
    document = try file.readDocument().document
    composite = try InkDocument(of: file)?.composite() ?? document.composite()
  }

  var colors: String { "\(file.header.colorMode) \(file.header.depth.rawValue)" }

  var leftOut: [String] {
    let visible = document.entries.filter(\.node.attributes.isVisible)
    let features = visible.flatMap(\.node.attributes.features).filter { !$0.isRendered }
    return Set(features.map(\.name)).sorted()
  }

  var psnr: Double? {
    guard file.hasMergedPicture, !file.layerAndMaskInformation.layers.isEmpty,
      let merged = try? file.mergedPicture().overWhite, case let found = composite.overWhite,
      !merged.hasOneColor || found.hasOneColor,
      let comparison = try? Recomposition(of: merged, from: found)
    else { return nil }
    return min(comparison.psnr, 99)
  }
}

extension RasterImage {
  /// The picture on white paper.
  fileprivate var overWhite: RasterImage {
    var image = self
    image.updatePixels { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let alpha = Int(bytes[first + 3])
        for channel in first..<first + 3 {
          let value = Int(bytes[channel]) * alpha + 255 * (255 - alpha)
          bytes[channel] = UInt8((value + 127) / 255)
        }
        bytes[first + 3] = 255
      }
    }
    return image
  }

  /// Whether every pixel is that of the corner.
  fileprivate var hasOneColor: Bool {
    stride(from: 4, to: pixels.count, by: 4).allSatisfy { first in
      pixels[first] == pixels[0] && pixels[first + 1] == pixels[1]
        && pixels[first + 2] == pixels[2]
    }
  }
}
