import ByteIO
import DocumentModel
import Raster
import StrictJSON

/// The values that the parts of a description are made of, each within its range.
extension DescriptionReader {
  mutating func size() throws -> PixelSize {
    let start = json.offset
    var size = PixelSize(width: 0, height: 0)
    try object { reader, key in
      switch key {
      case "width": size.width = try reader.integer(key, in: 1...PixelSize.maximumSide)
      case "height": size.height = try reader.integer(key, in: 1...PixelSize.maximumSide)
      default: try reader.json.skipValue()
      }
    }
    guard size.isInRange else { throw fault("is out of range: \(size)", in: "canvas", at: start) }
    return size
  }

  mutating func resolution() throws -> Resolution {
    var horizontal = 72.0
    var vertical = 72.0
    try object { reader, key in
      switch key {
      case "horizontal": horizontal = try reader.number(key, in: 0...Double.greatestFiniteMagnitude)
      case "vertical": vertical = try reader.number(key, in: 0...Double.greatestFiniteMagnitude)
      default: try reader.json.skipValue()
      }
    }
    return try Resolution(horizontal: horizontal, vertical: vertical)
  }

  mutating func point() throws -> PixelPoint {
    var point = PixelPoint.zero
    let range = Int(Int32.min)...Int(Int32.max)
    try object { reader, key in
      switch key {
      case "x": point.x = Int32(clamping: try reader.integer(key, in: range))
      case "y": point.y = Int32(clamping: try reader.integer(key, in: range))
      default: try reader.json.skipValue()
      }
    }
    return point
  }

  /// The name of a file beside `layers.json`.
  mutating func fileName() throws -> String {
    let start = json.offset
    let name = try json.text()
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 32 && scalar.value != 127 && !"/\\:".unicodeScalars.contains(scalar)
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 255, name != ".", name != ".." else {
      throw fault("\(oneLine(name)) is no name of a file beside it", in: "file", at: start)
    }
    return name
  }

  mutating func byte(_ field: String) throws -> UInt8 {
    UInt8(clamping: try integer(field, in: 0...255))
  }

  mutating func integer(_ field: String, in range: ClosedRange<Int>) throws -> Int {
    let start = json.offset
    let text = String(decoding: try json.number(), as: UTF8.self)
    guard let value = Int(text), range.contains(value) else {
      throw MalformedData(
        .unexpected(found: text, expected: "\(range.lowerBound)...\(range.upperBound)"), in: field,
        at: start)
    }
    return value
  }

  mutating func number(
    _ field: String, in range: ClosedRange<Double>
  ) throws -> Double {
    let start = json.offset
    let text = String(decoding: try json.number(), as: UTF8.self)
    guard let value = Double(text), range.contains(value) else {
      throw MalformedData(
        .unexpected(found: text, expected: "\(range.lowerBound)...\(range.upperBound)"), in: field,
        at: start)
    }
    return value
  }

  mutating func object(
    _ body: (inout DescriptionReader, String) throws -> Void
  ) throws {
    try json.beginObject()
    while let key = try json.nextKey() { try body(&self, key) }
  }

  mutating func array(
    of field: String, _ body: (inout DescriptionReader, Int) throws -> Void
  ) throws {
    let start = json.offset
    var count = 0
    try json.beginArray()
    while try json.nextElement() {
      guard count < LayeredDocument.maximumNodeCount else {
        throw MalformedData(
          .overLimit(found: Int64(count) + 1, limit: Int64(LayeredDocument.maximumNodeCount)),
          in: field, at: start)
      }
      try body(&self, count)
      count += 1
    }
  }

  func fault(_ text: String, in field: String, at offset: Int) -> MalformedData {
    MalformedData(.invalid(text), in: field, at: offset)
  }
}
