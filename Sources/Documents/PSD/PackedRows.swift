import ByteIO

/// Rows of one channel in PackBits, taken one after another.
///
/// Source: Apple Technical Note TN1023, "Understanding PackBits".
struct PackedRows {
  /// The byte count of each packed row.
  private(set) var counts: [Int] = []
  /// The packed rows one after another.
  private(set) var bytes: [UInt8] = []
  private var packed: [UInt8] = []

  /// Packs a row.
  mutating func append(_ row: UnsafeBufferPointer<UInt8>) {
    // Literals need a byte for each 128.
    let worst = row.count + row.count / 128 + 1
    if packed.count < worst { packed = [UInt8](repeating: 0, count: worst) }
    let count = packed.withUnsafeMutableBufferPointer { pack(row, into: $0) }
    counts.append(count)
    packed.withUnsafeBufferPointer { bytes.append(contentsOf: $0[..<count]) }
  }

  /// Appends the table of the rows' byte counts.
  ///
  /// - Throws: `SectionTooLong` where a row has more bytes than its count can say.
  func writeTable(
    to writer: inout ByteWriter, in version: FileHeader.Version
  ) throws(SectionTooLong) {
    for count in counts { try writeRowByteCount(count, to: &writer, in: version) }
  }

  /// The table, then the rows: a channel as ``Compression/runLength`` stores it.
  ///
  /// - Throws: `SectionTooLong` where a row has more bytes than its count can say.
  func channelData(in version: FileHeader.Version) throws(SectionTooLong) -> ArraySlice<UInt8> {
    var writer = ByteWriter()
    try writeTable(to: &writer, in: version)
    writer.write(bytes)
    return writer.bytes[...]
  }
}

/// Appends a row's byte count, 2 bytes in PSD and 4 in PSB.
///
/// - Throws: `SectionTooLong` where it does not fit.
func writeRowByteCount(
  _ count: Int, to writer: inout ByteWriter, in version: FileHeader.Version
) throws(SectionTooLong) {
  let limit = version == .psd ? UInt64(UInt16.max) : UInt64(UInt32.max)
  guard count >= 0, UInt64(count) <= limit else {
    throw SectionTooLong(field: "packed row", byteCount: count, limit: limit)
  }
  switch version {
  case .psd: writer.write(UInt16(count))
  case .psb: writer.write(UInt32(count))
  }
}

/// Packs `row`; the target has room for the worst case.
///
/// - Returns: The bytes written.
private func pack(
  _ row: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
) -> Int {
  var output = 0
  var firstLiteral = 0
  var index = 0
  func writeLiterals(before end: Int) {
    while firstLiteral < end {
      let count = min(128, end - firstLiteral)
      target[output] = UInt8(count - 1)
      for offset in 0..<count { target[output + 1 + offset] = row[firstLiteral + offset] }
      output += count + 1
      firstLiteral += count
    }
  }
  while index < row.count {
    let value = row[index]
    let limit = min(row.count, index + 128)
    var end = index + 1
    while end < limit, row[end] == value { end += 1 }
    // A run of two saves nothing within literals.
    if end - index >= 3 {
      writeLiterals(before: index)
      target[output] = UInt8(257 - (end - index))
      target[output + 1] = value
      output += 2
      firstLiteral = end
    }
    index = end
  }
  writeLiterals(before: row.count)
  return output
}
