import ByteIO

/// The rows of channels in PackBits: a table with each row's byte count, then the rows.
///
/// Source: Apple Technical Note TN1023, "Understanding PackBits"; a count has 2 bytes in PSD, 4 in
/// PSB.
func unpackedRows(
  _ data: ArraySlice<UInt8>, layout: ChannelLayout, version: FileHeader.Version, field: String
) throws(MalformedData) -> [UInt8] {
  var reader = ByteReader(data)
  let countWidth = version == .psd ? 2 : 4
  var table = ByteReader(
    try reader.readBytes("row table of \(field)", count: layout.rowCount * countWidth))
  // Two bytes make at most 128, so that less data cannot be whole.
  guard layout.byteCount / 64 <= reader.remainingCount else {
    throw MalformedData(.truncated, in: field, at: reader.end)
  }
  var samples = [UInt8](repeating: 0, count: layout.byteCount)
  for row in 0..<layout.rowCount {
    let count =
      switch version {
      case .psd: Int(try table.read("row length", as: UInt16.self))
      case .psb: Int(try table.read("row length", as: UInt32.self))
      }
    let packed = try reader.readBytes("row \(row) of \(field)", count: count)
    let first = row * layout.rowByteCount
    guard unpack(packed, into: &samples, at: first..<first + layout.rowByteCount) else {
      throw MalformedData(
        .invalid("does not unpack to \(layout.rowByteCount) bytes"), in: "row \(row) of \(field)",
        at: packed.startIndex)
    }
  }
  return samples
}

/// Unpacks one row; false where it is too short, too long or cut off.
private func unpack(
  _ packed: ArraySlice<UInt8>, into samples: inout [UInt8], at target: Range<Int>
) -> Bool {
  packed.withUnsafeBufferPointer { source in
    samples.withUnsafeMutableBufferPointer { bytes in
      var input = 0
      var output = target.lowerBound
      while output < target.upperBound, input < source.count {
        let control = Int(Int8(bitPattern: source[input]))
        input += 1
        if control >= 0 {
          let count = control + 1
          guard count <= source.count - input, count <= target.upperBound - output else {
            return false
          }
          for index in 0..<count { bytes[output + index] = source[input + index] }
          input += count
          output += count
        } else if control > -128 {
          let count = 1 - control
          guard input < source.count, count <= target.upperBound - output else { return false }
          let value = source[input]
          for index in 0..<count { bytes[output + index] = value }
          input += 1
          output += count
        }
      }
      return output == target.upperBound
    }
  }
}

/// Rows in PackBits behind the table of their byte counts, as ``Compression/runLength`` stores
/// them.
///
/// - Parameters:
///   - samples: The rows one after another.
///   - rowByteCount: Bytes of each row, above 0.
///   - version: Whether a count has 2 bytes or 4; a row of PSD's longest side fits 2.
/// - Returns: The table of the rows' byte counts, then the rows in PackBits.
package func runLengthData(
  of samples: ArraySlice<UInt8>, rowByteCount: Int, in version: FileHeader.Version
) -> [UInt8] {
  var table = ByteWriter()
  var rows: [UInt8] = []
  for first in stride(from: samples.startIndex, to: samples.endIndex, by: rowByteCount) {
    let row = packed(samples[first..<min(first + rowByteCount, samples.endIndex)])
    switch version {
    case .psd: table.write(UInt16(clamping: row.count))
    case .psb: table.write(UInt32(clamping: row.count))
    }
    rows += row
  }
  return table.bytes + rows
}

private func packed(_ row: ArraySlice<UInt8>) -> [UInt8] {
  var result: [UInt8] = []
  var literalStart = row.startIndex
  var index = row.startIndex
  func appendLiterals(before end: Int) {
    while literalStart < end {
      let count = min(128, end - literalStart)
      result.append(UInt8(count - 1))
      result.append(contentsOf: row[literalStart..<literalStart + count])
      literalStart += count
    }
  }
  while index < row.endIndex {
    var end = index + 1
    while end < row.endIndex, end - index < 128, row[end] == row[index] { end += 1 }
    // A run of two saves nothing within literals.
    if end - index >= 3 {
      appendLiterals(before: index)
      result.append(UInt8(257 - (end - index)))
      result.append(row[index])
      literalStart = end
    }
    index = end
  }
  appendLiterals(before: row.endIndex)
  return result
}
