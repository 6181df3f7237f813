import ByteIO

/// A named list of values, in which newer blocks say what they hold.
///
/// Source: Adobe Photoshop File Formats Specification, "Descriptor structure".
struct Descriptor: Sendable {
  /// What one key stands for.
  indirect enum Value: Sendable {
    case descriptor(Descriptor)
    case list([Value])
    case number(Double)
    case integer(Int32)
    case text(String)
    case flag(Bool)
    /// The value of an enumeration.
    case choice(String)
    /// References, classes and raw data, which nothing here asks for.
    case other
  }

  /// What the descriptor is one of.
  let kind: String

  /// The keys in their order, each with its value.
  let items: [(key: String, value: Value)]

  /// The most descriptors and lists that may lie one in another.
  static let maximumDepth = 64

  /// Reads the descriptor of a block that has a version, 16, before it.
  ///
  /// - Throws: ``MalformedData`` where it is cut off, nested too deep, or has values of an unknown type.
  init(readingVersioned reader: inout ByteReader) throws(MalformedData) {
    _ = try reader.read("descriptor version", oneOf: 16 as UInt32)
    try self.init(reading: &reader, depth: 1)
  }

  private init(reading reader: inout ByteReader, depth: Int) throws(MalformedData) {
    guard depth <= Self.maximumDepth else {
      throw MalformedData(
        .overLimit(found: Int64(depth), limit: Int64(Self.maximumDepth)), in: "descriptor depth",
        at: reader.offset)
    }
    _ = try reader.readUnicodeString("class name")
    kind = try Self.readKey(from: &reader)
    let count = try Self.readCount(from: &reader)
    var items: [(key: String, value: Value)] = []
    for _ in 0..<count {
      let key = try Self.readKey(from: &reader)
      items.append((key, try Self.readValue(from: &reader, depth: depth)))
    }
    self.items = items
  }

  /// The first value of a key.
  subscript(key: String) -> Value? { items.first { $0.key == key }?.value }

  /// The number of a key, whole or not; `nil` where there is none.
  func number(_ key: String) -> Double? {
    switch self[key] {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  /// A length and characters, or four characters where the length is 0.
  private static func readKey(from reader: inout ByteReader) throws(MalformedData) -> String {
    let length: UInt32 = try reader.read("key length")
    guard length <= reader.remainingCount else {
      throw MalformedData(
        .overLimit(found: Int64(length), limit: Int64(reader.remainingCount)), in: "key length",
        at: reader.offset)
    }
    return String(
      decoding: try reader.readBytes("key", count: length == 0 ? 4 : Int(length)), as: UTF8.self)
  }

  /// A count of things of which each takes at least four bytes.
  private static func readCount(from reader: inout ByteReader) throws(MalformedData) -> Int {
    let offset = reader.offset
    let count: UInt32 = try reader.read("count")
    guard count <= reader.remainingCount / 4 else {
      throw MalformedData(
        .overLimit(found: Int64(count), limit: Int64(reader.remainingCount / 4)), in: "count",
        at: offset)
    }
    return Int(count)
  }

  private static func skip(_ count: Int, in reader: inout ByteReader) throws(MalformedData) -> Value
  {
    _ = try reader.readBytes("value", count: count)
    return .other
  }

  private static func readValue(
    from reader: inout ByteReader, depth: Int
  ) throws(MalformedData) -> Value {
    let offset = reader.offset
    let type = try reader.readCode("value type")
    switch type {
    case "Objc", "GlbO": return .descriptor(try Descriptor(reading: &reader, depth: depth + 1))
    case "VlLs":
      guard depth < maximumDepth else {
        throw MalformedData(
          .overLimit(found: Int64(depth + 1), limit: Int64(maximumDepth)), in: "list depth",
          at: offset)
      }
      var values: [Value] = []
      for _ in 0..<(try readCount(from: &reader)) {
        values.append(try readValue(from: &reader, depth: depth + 1))
      }
      return .list(values)
    case "doub": return .number(try reader.readDouble("number"))
    case "UntF":
      _ = try reader.readCode("unit")
      return .number(try reader.readDouble("number"))
    case "TEXT": return .text(try reader.readUnicodeString("text"))
    case "long": return .integer(Int32(bitPattern: try reader.read("integer", as: UInt32.self)))
    case "bool": return .flag(try reader.read("flag", as: UInt8.self) != 0)
    case "comp": return try skip(8, in: &reader)
    case "enum":
      _ = try readKey(from: &reader)
      return .choice(try readKey(from: &reader))
    case "type", "GlbC":
      _ = try reader.readUnicodeString("class name")
      _ = try readKey(from: &reader)
      return .other
    case "tdta", "alis", "Pth ":
      _ = try reader.readSection("raw data", lengthAs: UInt32.self)
      return .other
    case "UnFl":
      _ = try reader.readCode("unit")
      for _ in 0..<(try readCount(from: &reader)) { _ = try reader.readDouble("number") }
      return .other
    default:
      // References and object arrays: without a length there is no way past them.
      throw MalformedData(
        .unexpected(found: type.text.debugDescription, expected: "a type of values"),
        in: "value type", at: offset)
    }
  }
}
