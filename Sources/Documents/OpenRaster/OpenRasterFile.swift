import ByteIO
import DocumentModel
import ImageCodecs
import Raster
import StrictXML
import ZipArchive

/// The names that every OpenRaster file has.
///
/// Source: OpenRaster specification 0.0.6, "File Layout Specification".
enum OpenRasterLayout {
  static let typeEntry = "mimetype"
  static let type = "image/openraster"
  static let stackEntry = "stack.xml"
  static let mergedEntry = "mergedimage.png"
  static let thumbnailEntry = "Thumbnails/thumbnail.png"
  /// The longest side of the thumbnail.
  static let thumbnailSide = 256
}

/// A document from an OpenRaster file.
///
/// Source: OpenRaster specification 0.0.6. The offsets of stacks add up. A stack is isolated unless its
/// isolation is "auto", its opacity 1 and its blending normal. Nothing is taken from the merged picture
/// and the thumbnail. The source of a layer is the index of its picture among the archive's entries.
package struct OpenRasterFile: Sendable {
  /// The document.
  package let document: LayeredDocument

  /// What was put right or left out.
  package let warnings: [OpenRasterWarning]

  private let archive: ZipArchive

  /// The pictures of layers as they were decoded, by their entries.
  private let pictures: [String: RasterImage]

  /// The most pixels of all pictures of a file together: 2 GiB of RGBA.
  package static let maximumPixelCount = 1 << 29

  /// Whether first bytes are those of an OpenRaster file; 54 are enough.
  package static func isRecognized(firstBytes: [UInt8]) -> Bool {
    firstBytes.starts(with: [0x50, 0x4B, 3, 4])
      && firstBytes.dropFirst(30).starts(
        with: Array((OpenRasterLayout.typeEntry + OpenRasterLayout.type).utf8))
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - options: How pictures are decoded, and limits.
  /// - Throws: `MalformedData`, `DocumentError`, or `ImageCodecError` with the name of the entry.
  package init(decoding bytes: [UInt8], options: DecodingOptions = DecodingOptions()) throws {
    archive = try ZipArchive(bytes)
    guard let type = try archive.contents(of: OpenRasterLayout.typeEntry),
      String(decoding: type, as: UTF8.self).trimmingSpaces == OpenRasterLayout.type
    else { throw MalformedData(.invalid("does not say image/openraster"), in: "mimetype", at: 0) }
    guard let xml = try archive.contents(of: OpenRasterLayout.stackEntry) else {
      throw MalformedData(.invalid("is missing"), in: "stack.xml", at: 0)
    }
    do {
      let image = try XMLElement(parsing: xml)
      var reader = StackReader(archive: archive, options: options)
      document = try reader.document(of: image)
      warnings = reader.warnings
      pictures = reader.pictures
    } catch let error as MalformedData {
      throw error.within("stack.xml")
    }
  }

  /// The bytes of the PNG that a layer was read from; `nil` where its pixels are others now.
  ///
  /// - Throws: `MalformedData` where they cannot be unpacked.
  func originalPicture(of layer: Layer) throws(MalformedData) -> [UInt8]? {
    guard let index = layer.attributes.source.index, archive.names.indices.contains(index),
      let pixels = layer.pixels, let original = pictures[archive.names[index]],
      // Costs nothing where both share their storage, as they do unless somebody edited.
      original == pixels, let bytes = try archive.contents(of: archive.names[index]),
      bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
    else { return nil }
    return bytes
  }
}

extension String {
  fileprivate var trimmingSpaces: Substring {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
