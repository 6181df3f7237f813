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
  var fault: MalformedData?
  // Filled row by row, and not before: most of a large channel would be written twice.
  let samples = [UInt8](unsafeUninitializedCapacity: layout.byteCount) { bytes, filledCount in
    do throws(MalformedData) {
      for row in 0..<layout.rowCount {
        let count =
          switch version {
          case .psd: Int(try table.read("row length", as: UInt16.self))
          case .psb: Int(try table.read("row length", as: UInt32.self))
          }
        guard count <= reader.remainingCount else {
          _ = try reader.readBytes("row \(row) of \(field)", count: count)
          return
        }
        let packed = try reader.readBytes(field, count: count)
        let target = UnsafeMutableBufferPointer(
          rebasing: bytes[filledCount..<filledCount + layout.rowByteCount])
        guard unpack(packed, into: target) else {
          throw MalformedData(
            .invalid("does not unpack to \(layout.rowByteCount) bytes"),
            in: "row \(row) of \(field)", at: packed.startIndex)
        }
        filledCount += layout.rowByteCount
      }
    } catch {
      fault = error
    }
  }
  if let fault { throw fault }
  return samples
}

/// Unpacks one row; false where it is too short, too long or cut off.
private func unpack(
  _ packed: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
) -> Bool {
  packed.withUnsafeBytes { source in
    guard let input = source.baseAddress, let output = target.baseAddress else {
      return target.isEmpty
    }
    let (inputCount, outputCount) = (source.count, target.count)
    var (read, written) = (0, 0)
    while written < outputCount, read < inputCount {
      let control = Int(input.load(fromByteOffset: read, as: Int8.self))
      read += 1
      if control >= 0 {
        let count = control + 1
        guard count <= inputCount - read, count <= outputCount - written else { return false }
        UnsafeMutableRawPointer(output + written).copyMemory(from: input + read, byteCount: count)
        read += count
        written += count
      } else if control > -128 {
        let count = 1 - control
        guard read < inputCount, count <= outputCount - written else { return false }
        let value = input.load(fromByteOffset: read, as: UInt8.self)
        (output + written).initialize(repeating: value, count: count)
        read += 1
        written += count
      }
    }
    return written == outputCount
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
