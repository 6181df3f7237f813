import StrictJSON

/// The header of a file, checked as a whole: afterwards no number in it can mislead.
///
/// Source: safetensors, "Format", and the checks of its Rust reader (`SafeTensors::read_metadata`).
struct SafetensorsHeader {
  typealias Reason = SafetensorsError.Reason

  /// Bytes of the JSON text, as the official reader limits them.
  static let maximumLength = 100_000_000
  /// Bytes of the length that stands before the text.
  static let prefixLength = 8

  /// In the order of the data.
  let entries: [TensorEntry]
  let metadata: [String: String]

  /// The length of the JSON text, from the first 8 bytes of a file of `byteCount` bytes.
  static func length(
    prefix: UInt64, fileByteCount byteCount: Int
  ) throws(Reason) -> Int {
    guard prefix > 0 else { throw .emptyHeader }
    guard prefix <= UInt64(maximumLength) else {
      throw .headerTooLong(prefix, limit: maximumLength)
    }
    guard Int(prefix) <= byteCount - prefixLength else {
      throw .headerBeyondEnd(prefix, byteCount: byteCount)
    }
    return Int(prefix)
  }

  /// Reads the JSON text and checks it against the size of the whole file.
  init(_ text: [UInt8], fileByteCount: Int) throws(Reason) {
    guard let first = text.first else { throw .emptyHeader }
    // White space is legal JSON here, but the format wants the brace first.
    guard first == UInt8(ascii: "{") else { throw .headerNotAnObject(firstByte: first) }
    let declared: DeclaredTensors
    do throws(JSONError) {
      declared = try DeclaredTensors(text)
    } catch {
      throw .malformedHeader(error)
    }
    metadata = declared.metadata
    var entries: [TensorEntry] = []
    entries.reserveCapacity(declared.tensors.count)
    for tensor in declared.tensors { entries.append(try tensor.checked()) }
    // A tensor without bytes may stand between two others, so the end decides after the begin.
    entries.sort { a, b in
      (a.dataOffsets.lowerBound, a.dataOffsets.upperBound, a.name)
        < (b.dataOffsets.lowerBound, b.dataOffsets.upperBound, b.name)
    }
    try Self.checkLayout(
      entries, dataByteCount: fileByteCount - text.count - Self.prefixLength,
      fileByteCount: fileByteCount)
    self.entries = entries
  }

  /// Checks that the tensors cover the data from its first byte to its last, each byte once.
  private static func checkLayout(
    _ entries: [TensorEntry], dataByteCount: Int, fileByteCount: Int
  ) throws(Reason) {
    var end = 0
    for entry in entries {
      let begin = entry.dataOffsets.lowerBound
      guard begin >= end else { throw .overlap(tensor: entry.name, begin: begin, expected: end) }
      guard begin == end else { throw .hole(tensor: entry.name, begin: begin, expected: end) }
      end = entry.dataOffsets.upperBound
    }
    guard end <= dataByteCount else {
      throw .truncated(missing: end - dataByteCount, byteCount: fileByteCount)
    }
    guard end == dataByteCount else { throw .trailingBytes(dataByteCount - end) }
  }
}
