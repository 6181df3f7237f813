import Raster
import StrictJSON

/// What a pack holds, and where: JSON behind the pack's header.
struct AssetIndex: Codable {
  struct Entry: Codable {
    var kind: AssetKind
    var name: String
    var family: String
    var source: Int
    var width: Int
    var height: Int
    /// From the first byte behind the index.
    var offset: Int
    var byteCount: Int
    var crc32: UInt32
    var setting: Asset.Setting?
  }

  /// The most assets of a pack.
  static let maximumCount = 200_000
  /// The longest side of an asset, in pixels.
  static let maximumSide = 2048
  /// The most bytes of a name, a family or a text.
  static let maximumTextLength = 512

  var format = "layered-assets"
  var version = 1
  var sources: [AssetSource]
  var assets: [Entry]

  /// Checks all that can be checked without a picture.
  ///
  /// - Parameter byteCount: Of all that lies behind the index.
  /// - Throws: ``AssetPackError/Reason`` naming the field.
  func validate(byteCount: Int) throws(AssetPackError.Reason) {
    guard format == "layered-assets", version == 1 else {
      throw .badField("format", "'\(format)' \(version), expected 'layered-assets' 1")
    }
    guard assets.count <= Self.maximumCount else {
      throw .badField("assets", "\(assets.count) of at most \(Self.maximumCount)")
    }
    for (number, source) in sources.enumerated() {
      let isFine = [source.package, source.licence].allSatisfy(Self.isText)
      guard isFine else { throw .badField("sources[\(number)]", "a text is empty or too long") }
    }
    var offset = 0
    for (number, entry) in assets.enumerated() {
      func fail(_ field: String, _ detail: String) -> AssetPackError.Reason {
        .badField("assets[\(number)].\(field)", detail)
      }
      guard Self.isText(entry.name) else { throw fail("name", "empty or too long") }
      guard Self.isText(entry.family) else { throw fail("family", "empty or too long") }
      guard sources.indices.contains(entry.source) else {
        throw fail("source", "there is no source \(entry.source)")
      }
      let sides = 1...Self.maximumSide
      guard sides.contains(entry.width), sides.contains(entry.height) else {
        throw fail("width", "\(entry.width) x \(entry.height) is out of range")
      }
      guard entry.offset == offset, entry.byteCount > 0, entry.byteCount <= byteCount - offset
      else { throw fail("offset", "the picture leaves its place") }
      offset += entry.byteCount
      guard (entry.kind == .word) == (entry.setting != nil) else {
        throw fail("setting", "words have one, pictures none")
      }
      guard let setting = entry.setting else { continue }
      let limits = -Self.maximumSide...2 * Self.maximumSide
      guard limits.contains(setting.baseline) else {
        throw fail("setting.baseline", "out of range")
      }
      guard (4...Self.maximumSide).contains(setting.em) else {
        throw fail("setting.em", "out of range")
      }
      guard [setting.text, setting.face, setting.script].allSatisfy(Self.isText) else {
        throw fail("setting", "a text is empty or too long")
      }
    }
    guard offset == byteCount else {
      throw .badField("assets", "\(byteCount - offset) bytes belong to none")
    }
  }

  static func isText(_ text: String) -> Bool {
    (1...maximumTextLength).contains(text.utf8.count)
      && !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
