import ByteIO

/// How much a document may ask for.
package struct XMLLimits: Hashable, Sendable {
  /// The most bytes.
  package var byteCount = 16 << 20
  /// The most elements.
  package var elementCount = 100_000
  /// How many elements may lie one in another.
  package var depth = 128

  /// The default limits.
  package init() {}
}

extension XMLElement {
  /// Reads the root element of a document in UTF-8.
  ///
  /// Comments, processing instructions and text are passed over. Document types are refused, so no
  /// entity but the five that XML itself has can occur.
  ///
  /// - Throws: `MalformedData` with the offset.
  package init(
    parsing bytes: [UInt8], limits: XMLLimits = XMLLimits()
  ) throws(MalformedData) {
    var parser = try XMLParser(bytes, limits: limits)
    self = try parser.parse()
  }
}

/// Reads a document from its first byte to its last, without recursion.
struct XMLParser {
  private let bytes: [UInt8]
  private let limits: XMLLimits
  private var position = 0
  private var elementCount = 0
  private var open: [XMLElement] = []
  private var root: XMLElement?

  init(_ bytes: [UInt8], limits: XMLLimits) throws(MalformedData) {
    guard bytes.count <= limits.byteCount else {
      throw MalformedData(
        .overLimit(found: Int64(bytes.count), limit: Int64(limits.byteCount)),
        in: "XML length", at: 0)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw MalformedData(.invalid("is not UTF-8"), in: "XML text", at: 0)
    }
    guard text.unicodeScalars.allSatisfy(\.isAllowedInXML) else {
      throw MalformedData(.invalid("holds a forbidden character"), in: "XML text", at: 0)
    }
    self.bytes = bytes
    self.limits = limits
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  mutating func parse() throws(MalformedData) -> XMLElement {
    while position < bytes.count {
      if bytes[position] != UInt8(ascii: "<") {
        try skipText()
      } else if skip("<?") {
        try skip(through: "?>", of: "processing instruction")
      } else if skip("<!--") {
        try skip(through: "-->", of: "comment")
      } else if !open.isEmpty, skip("<![CDATA[") {
        try skip(through: "]]>", of: "character data")
      } else if startsWith("<!") {
        throw fault(.invalid("is not read"), in: "declaration")
      } else if skip("</") {
        try closeElement()
      } else {
        try openElement()
      }
    }
    guard let root, open.isEmpty else { throw fault(.truncated, in: "element") }
    return root
  }

  private mutating func openElement() throws(MalformedData) {
    let start = position
    guard root == nil else { throw fault(.invalid("follows the root"), in: "element") }
    position += 1
    let name = try readName("element name")
    var attributes: [XMLElement.Attribute] = []
    while true {
      let hasSpace = skipSpace()
      if skip("/>") {
        try add(XMLElement(name, attributes, children: [], offset: start), isOpen: false)
        return
      }
      if skip(">") {
        try add(XMLElement(name, attributes, children: [], offset: start), isOpen: true)
        return
      }
      guard hasSpace else { throw fault(.invalid("is not as expected"), in: "tag \(name)") }
      let attribute = try readAttribute()
      guard !attributes.contains(where: { $0.name == attribute.name }) else {
        throw fault(.invalid("is repeated"), in: "attribute \(attribute.name)")
      }
      // Comparing each with each has to stay cheap.
      guard attributes.count < 256 else {
        throw fault(.overLimit(found: 257, limit: 256), in: "attribute count")
      }
      attributes.append(attribute)
    }
  }

  private mutating func add(_ element: XMLElement, isOpen: Bool) throws(MalformedData) {
    elementCount += 1
    guard elementCount <= limits.elementCount else {
      throw fault(
        .overLimit(found: Int64(elementCount), limit: Int64(limits.elementCount)),
        in: "element count")
    }
    guard open.count < limits.depth else {
      throw fault(
        .overLimit(found: Int64(open.count + 1), limit: Int64(limits.depth)), in: "depth")
    }
    if isOpen { open.append(element) } else { finish(element) }
  }

  private mutating func finish(_ element: XMLElement) {
    if open.isEmpty {
      root = element
    } else {
      open[open.count - 1].children.append(element)
    }
  }

  private mutating func closeElement() throws(MalformedData) {
    let name = try readName("element name")
    _ = skipSpace()
    guard let element = open.popLast(), element.name == name, skip(">") else {
      throw fault(.invalid("closes no open element"), in: "tag \(name)")
    }
    finish(element)
  }

  private mutating func readAttribute() throws(MalformedData) -> XMLElement.Attribute {
    let name = try readName("attribute name")
    _ = skipSpace()
    guard skip("=") else { throw fault(.invalid("has no value"), in: "attribute \(name)") }
    _ = skipSpace()
    guard position < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[position])
    else { throw fault(.invalid("has no value in quotes"), in: "attribute \(name)") }
    let quote = bytes[position]
    position += 1
    var value: [UInt8] = []
    while position < bytes.count, bytes[position] != quote {
      switch bytes[position] {
      case UInt8(ascii: "<"):
        throw fault(.invalid("holds a '<'"), in: "attribute \(name)")
      case UInt8(ascii: "&"):
        value += try readReference()
      case let byte:
        value.append(byte < 0x20 ? 0x20 : byte)
        position += 1
      }
    }
    guard position < bytes.count else { throw fault(.truncated, in: "attribute \(name)") }
    position += 1
    return XMLElement.Attribute(name, String(decoding: value, as: UTF8.self))
  }

  /// Reads `&amp;`, `&#233;` and the like.
  private mutating func readReference() throws(MalformedData) -> [UInt8] {
    let first = position + 1
    guard
      let end = bytes[first..<min(bytes.count, first + 12)].firstIndex(of: UInt8(ascii: ";"))
    else { throw fault(.invalid("has no end"), in: "reference") }
    let name = String(decoding: bytes[first..<end], as: UTF8.self)
    guard let scalar = Self.scalar(ofReference: name) else {
      throw fault(.invalid("is unknown"), in: "reference")
    }
    position = end + 1
    return Array(String(Character(scalar)).utf8)
  }

  private static func scalar(ofReference name: String) -> Unicode.Scalar? {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      let isHexadecimal = name.hasPrefix("#x")
      let digits = name.dropFirst(isHexadecimal ? 2 : 1)
      guard name.hasPrefix("#"), digits.first?.isHexDigit == true,
        let value = UInt32(digits, radix: isHexadecimal ? 16 : 10),
        let scalar = Unicode.Scalar(value), scalar.isAllowedInXML
      else { return nil }
      return scalar
    }
  }

  private mutating func readName(_ field: String) throws(MalformedData) -> String {
    let start = position
    while position < bytes.count, Self.isNameByte(bytes[position], isFirst: position == start) {
      position += 1
    }
    guard position > start else { throw fault(.invalid("is missing"), in: field) }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private static func isNameByte(_ byte: UInt8, isFirst: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), UInt8(ascii: ":"), 0x80...0xFF:
      true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !isFirst
    default: false
    }
  }

  private mutating func skipText() throws(MalformedData) {
    if skipSpace() { return }
    guard !open.isEmpty else { throw fault(.invalid("lies outside the root"), in: "text") }
    position += 1
  }

  private mutating func skipSpace() -> Bool {
    let start = position
    while position < bytes.count, [0x20, 0x9, 0xA, 0xD].contains(bytes[position]) { position += 1 }
    return position > start
  }

  private func startsWith(_ token: StaticString) -> Bool {
    token.withUTF8Buffer { bytes[position...].starts(with: $0) }
  }

  private mutating func skip(_ token: StaticString) -> Bool {
    guard startsWith(token) else { return false }
    position += token.utf8CodeUnitCount
    return true
  }

  private mutating func skip(
    through token: StaticString, of field: String
  ) throws(MalformedData) {
    let start = position
    while position < bytes.count {
      if skip(token) { return }
      position += 1
    }
    throw MalformedData(.truncated, in: field, at: start)
  }

  private func fault(_ reason: MalformedData.Reason, in field: String) -> MalformedData {
    MalformedData(reason, in: field, at: position)
  }
}
