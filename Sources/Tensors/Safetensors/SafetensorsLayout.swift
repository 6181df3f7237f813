import AtomicFiles
import StrictJSON

/// The header of a file to be written, and where its tensors will lie.
struct SafetensorsLayout {
  /// In the order of their data.
  let entries: [TensorEntry]
  /// The length and the JSON text, a multiple of 8 bytes as the official writer pads it.
  let header: [UInt8]
  /// Bytes of the whole file.
  let fileByteCount: Int

  /// - Throws: The reason that a reader would give, for names and shapes that it would refuse.
  init(
    _ declarations: [TensorDeclaration], metadata: [String: String]
  ) throws(SafetensorsError.Reason) {
    var end = 0
    var entries: [TensorEntry] = []
    var names: Set<String> = ["__metadata__"]
    for declaration in declarations {
      let name = declaration.name
      guard names.insert(name).inserted else {
        throw .malformedHeader(JSONError(.repeatedKey(name), at: 0))
      }
      guard name.utf8.count <= DeclaredTensor.maximumNameLength else {
        throw .nameTooLong(
          byteCount: name.utf8.count, limit: DeclaredTensor.maximumNameLength, offset: 0)
      }
      guard declaration.shape.count <= DeclaredTensor.maximumAxisCount else {
        throw .tooManyAxes(tensor: name, limit: DeclaredTensor.maximumAxisCount, offset: 0)
      }
      let begin = end
      guard let count = declaration.dtype.byteCount(of: declaration.shape),
        case (let next, false) = begin.addingReportingOverflow(count)
      else {
        let shape = declaration.shape.map { UInt64(clamping: $0) }
        throw .sizeOverflow(tensor: name, shape: shape, offset: 0)
      }
      end = next
      entries.append(
        TensorEntry(
          name: name, dtype: declaration.dtype, shape: declaration.shape, dataOffsets: begin..<end))
    }
    var text = Array(Self.json(entries, metadata: metadata).utf8)
    while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
    guard text.count <= SafetensorsHeader.maximumLength else {
      throw .headerTooLong(UInt64(text.count), limit: SafetensorsHeader.maximumLength)
    }
    let prefix = UInt64(text.count)
    header = (0..<8).map { UInt8(truncatingIfNeeded: prefix >> (8 * UInt64($0))) } + text
    let (total, overflow) = end.addingReportingOverflow(header.count)
    guard !overflow else { throw .truncated(missing: end, byteCount: 0) }
    fileByteCount = total
    self.entries = entries
  }

  private static func json(_ entries: [TensorEntry], metadata: [String: String]) -> String {
    var fields: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { "\(jsonText($0.key)):\(jsonText($0.value))" }
      fields.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    for entry in entries {
      let shape = entry.shape.map(String.init).joined(separator: ",")
      let offsets = "\(entry.dataOffsets.lowerBound),\(entry.dataOffsets.upperBound)"
      fields.append(
        "\(jsonText(entry.name)):{\"dtype\":\"\(entry.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offsets)]}")
    }
    return "{\(fields.joined(separator: ","))}"
  }
}

/// A text as JSON, quotes included.
///
/// Source: RFC 8259, section 7.
func jsonText(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\u{8}": json += "\\b"
    case "\u{C}": json += "\\f"
    case "\n": json += "\\n"
    case "\r": json += "\\r"
    case "\t": json += "\\t"
    case "\0"..."\u{1F}":
      json += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}
