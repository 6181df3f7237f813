import Glibc
import RegularFiles
import StrictJSON

/// The index beside the shards of a component: which file holds which tensor.
///
/// Source: `save_pretrained` of transformers and diffusers; `metadata.total_size` is not read,
/// since the shards say their own sizes.
struct ShardIndex {
  /// Bytes of an index; that of a model with 100 000 tensors has some 10 million.
  static let maximumLength = 64 << 20

  /// File name by tensor name; each is a plain `.safetensors` name in the index's own folder.
  let weightMap: [String: String]

  init(path: String) throws(SafetensorsError) {
    do throws(SafetensorsError.Reason) {
      let text = try Self.text(path: path)
      let map: [String: String]?
      do throws(JSONError) {
        map = try Self.weightMap(in: text)
      } catch {
        throw ForeignFormat.reason(forFirst: Array(text.prefix(512))) ?? .malformedIndex(error)
      }
      guard let map else { throw .missingWeightMap }
      // The least unsafe entry, so that the message does not depend on hashing.
      if let unsafe = map.filter({ !Self.isPlainName($0.value) }).min(by: { $0.key < $1.key }) {
        throw .unsafeShardName(unsafe.value, tensor: unsafe.key)
      }
      weightMap = map
    } catch {
      throw SafetensorsError(error, in: path)
    }
  }

  private static func text(path: String) throws(SafetensorsError.Reason) -> [UInt8] {
    let text: [UInt8]
    do throws(RegularFileError) {
      text = try RegularFile.contents(path: path, limit: maximumLength)
    } catch {
      throw SafetensorsError.Reason(error)
    }
    guard !text.isEmpty else { throw .emptyFile }
    return text
  }

  private static func weightMap(in text: [UInt8]) throws(JSONError) -> [String: String]? {
    var reader = JSONReader(text)
    var map: [String: String]?
    try reader.beginObject()
    while let field = try reader.nextKey() {
      guard field == "weight_map" else {
        try reader.skipValue()
        continue
      }
      var entries: [String: String] = [:]
      try reader.beginObject()
      while let name = try reader.nextKey() { entries[name] = try reader.text() }
      map = entries
    }
    try reader.end()
    return map
  }

  /// Whether `name` can only mean a weights file in the same folder.
  private static func isPlainName(_ name: String) -> Bool {
    name.hasSuffix(".safetensors") && !name.hasPrefix(".") && name.utf8.count <= Int(NAME_MAX)
      && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }
}
