import FoundationEssentials
import Raster
import StrictJSON

/// Keys sorted, so that equal values give equal bytes.
package func encodedJSON(_ value: some Encodable, isPretty: Bool = false) throws -> [UInt8] {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  return Array(try encoder.encode(value)) + [0x0A]
}

/// A value of JSON of which the grammar, its depth and its keys are checked first.
///
/// - Throws: ``ShardError/Reason/badJSON(_:)``.
package func decodedJSON<Value: Decodable>(
  _ type: Value.Type, from bytes: [UInt8]
) throws(ShardError.Reason) -> Value {
  do throws(JSONError) {
    var reader = JSONReader(bytes)
    try reader.skipValue()
    try reader.end()
  } catch {
    throw .badJSON("\(error)")
  }
  do {
    return try JSONDecoder().decode(type, from: Data(bytes))
  } catch {
    throw .badJSON(place(of: error))
  }
}

private func place(of error: any Error) -> String {
  func name(_ path: [any CodingKey]) -> String { path.map(\.stringValue).joined(separator: ".") }
  return switch error as? DecodingError {
  case .keyNotFound(let key, let context): "'\(name(context.codingPath + [key]))' is missing"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    "'\(name(context.codingPath))' has another type"
  case .dataCorrupted(let context): "'\(name(context.codingPath))' is out of range"
  default: "cannot be decoded"
  }
}

extension SampleDescription: Codable {
  private enum CodingKeys: CodingKey {
    case version, key, canvas, caption, category, source, layers
  }

  private struct Size: Codable {
    var width: Int
    var height: Int
  }

  private struct Source: Codable {
    var sha256: String
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    guard try values.decode(Int.self, forKey: .version) == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: values, debugDescription: "unknown version")
    }
    let size = try values.decode(Size.self, forKey: .canvas)
    self.init(
      key: try values.decode(String.self, forKey: .key),
      canvas: PixelSize(width: size.width, height: size.height),
      caption: try values.decode(Caption.self, forKey: .caption),
      category: try values.decode(String.self, forKey: .category),
      sourceHash: try values.decode(Source.self, forKey: .source).sha256,
      layers: try values.decode([Layer].self, forKey: .layers))
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(1, forKey: .version)
    try values.encode(key, forKey: .key)
    try values.encode(Size(width: canvas.width, height: canvas.height), forKey: .canvas)
    try values.encode(caption, forKey: .caption)
    try values.encode(category, forKey: .category)
    try values.encode(Source(sha256: sourceHash), forKey: .source)
    try values.encode(layers, forKey: .layers)
  }
}

extension SampleDescription.Layer: Codable {
  private enum CodingKeys: CodingKey {
    case name, boundingBox
  }

  private struct Box: Codable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let box = try values.decodeIfPresent(Box.self, forKey: .boundingBox)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      boundingBox: box.map {
        PixelRectangle(x: $0.x, y: $0.y, width: $0.width, height: $0.height)
      })
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(
      boundingBox.map { Box(x: $0.x, y: $0.y, width: $0.width, height: $0.height) },
      forKey: .boundingBox)
  }
}
