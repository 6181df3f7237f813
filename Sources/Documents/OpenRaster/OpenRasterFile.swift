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

/// Something that a file says and the document does not, or the other way round.
package enum OpenRasterWarning: Hashable, Sendable {
  /// A way to blend that is not known; the layer or group blends normally.
  case unknownBlending(node: String, name: String)

  /// An element that is neither a layer nor a stack; it is left out.
  case unknownElement(name: String)

  /// Something about the picture of a layer.
  case picture(node: String, ImageCodecWarning)

  /// Masks, or a run of clipped layers, were merged into one layer, cropped to the canvas.
  case merged(node: String)

  /// A pass-through group with opacity below 1 became isolated.
  case isolated(node: String)

  /// A feature that the format cannot hold was left out.
  case leftOut(node: String, LayerFeature)
}

extension OpenRasterWarning: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .unknownBlending(let node, let name):
      "\(node.debugDescription): the blending \(name.debugDescription) is unknown, taken as normal"
    case .unknownElement(let name): "the element \(name.debugDescription) is left out"
    case .picture(let node, let warning): "\(node.debugDescription): \(warning)"
    case .merged(let node):
      "\(node.debugDescription): masks and clipping are merged into its pixels"
    case .isolated(let node): "\(node.debugDescription): the group is isolated for its opacity"
    case .leftOut(let node, let feature):
      "\(node.debugDescription): \(feature.name) cannot be stored"
    }
  }
}

/// A document from an OpenRaster file.
///
/// Source: OpenRaster specification 0.0.6. The offsets of stacks add up. A stack is isolated unless its
/// isolation is "auto", its opacity 1 and its blending normal. Nothing is taken from the merged picture
/// and the thumbnail.
package struct OpenRasterFile: Sendable {
  /// The document.
  package let document: LayeredDocument

  /// What was put right or left out.
  package let warnings: [OpenRasterWarning]

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
  /// - Throws: `MalformedData`, `DocumentError`, or `ImageCodecError` with the name of the entry.
  package init(decoding bytes: [UInt8], options: DecodingOptions = DecodingOptions()) throws {
    let archive = try ZipArchive(bytes)
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
    } catch let error as MalformedData {
      throw error.within("stack.xml")
    }
  }
}

extension String {
  fileprivate var trimmingSpaces: Substring {
    var text = self[...]
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
