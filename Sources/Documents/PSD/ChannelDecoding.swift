import ByteIO
import Deflate
import Raster

/// The size of one or more channels of equal size, one after another.
struct ChannelLayout {
  /// Pixels of a channel; either side may be 0.
  let size: PixelSize
  /// Channels that follow one another in the data.
  let channelCount: Int
  let depth: FileHeader.Depth

  /// The most bytes that the channels of one picture may have: 2 GiB.
  static let maximumByteCount = 1 << 31

  /// The bytes of a row: eight pixels share one at depth 1.
  var rowByteCount: Int {
    depth == .one ? (size.width + 7) / 8 : size.width * Int(depth.rawValue) / 8
  }

  /// Rows of all channels.
  var rowCount: Int { size.height * channelCount }

  /// The bytes of all channels; sides of at most 300 000 and 60 channels fit an `Int`.
  var byteCount: Int { rowByteCount * rowCount }
}

extension Compression {
  /// The samples of channels as they would be stored raw: big-endian, rows from the top.
  ///
  /// Nothing is allocated that the data cannot fill.
  ///
  /// - Throws: ``MalformedData`` named `field`, at the offset in the file where that is known.
  func decode(
    _ data: ArraySlice<UInt8>, as layout: ChannelLayout, in version: FileHeader.Version,
    field: String
  ) throws(MalformedData) -> [UInt8] {
    guard layout.byteCount <= ChannelLayout.maximumByteCount else {
      throw MalformedData(
        .overLimit(found: Int64(layout.byteCount), limit: Int64(ChannelLayout.maximumByteCount)),
        in: "decoded size of \(field)", at: data.startIndex)
    }
    guard layout.byteCount > 0 else { return [] }
    switch self {
    case .raw:
      var reader = ByteReader(data)
      return Array(try reader.readBytes(field, count: layout.byteCount))
    case .runLength:
      return try unpackedRows(data, layout: layout, version: version, field: field)
    case .zip:
      return try unzipped(data, byteCount: layout.byteCount, field: field)
    case .zipWithPrediction:
      var samples = try unzipped(data, byteCount: layout.byteCount, field: field)
      addPredictions(to: &samples, layout: layout)
      return samples
    }
  }
}

/// The content of a zlib stream that must have exactly `byteCount` bytes.
private func unzipped(
  _ data: ArraySlice<UInt8>, byteCount: Int, field: String
) throws(MalformedData) -> [UInt8] {
  do throws(DeflateError) {
    return try inflated(data, from: .zlib, byteCount: byteCount)
  } catch .truncated {
    throw MalformedData(.truncated, in: field, at: data.endIndex)
  } catch {
    throw MalformedData(.invalid("cannot be unpacked: \(error)"), in: field, at: data.startIndex)
  }
}

/// Turns differences between neighbours of a row back into samples.
private func addPredictions(to samples: inout [UInt8], layout: ChannelLayout) {
  let rowByteCount = layout.rowByteCount
  samples.withUnsafeMutableBufferPointer { bytes in
    for row in 0..<layout.rowCount {
      let first = row * rowByteCount
      let rowBytes = UnsafeMutableBufferPointer(rebasing: bytes[first..<first + rowByteCount])
      switch layout.depth {
      case .one: break
      case .eight: addNeighbours(in: rowBytes)
      case .sixteen: addNeighbourPairs(in: rowBytes)
      case .thirtyTwo:
        addNeighbours(in: rowBytes)
        interleaveBytes(in: rowBytes)
      }
    }
  }
}

private func addNeighbours(in row: UnsafeMutableBufferPointer<UInt8>) {
  for index in row.indices.dropFirst() { row[index] &+= row[index - 1] }
}

private func addNeighbourPairs(in row: UnsafeMutableBufferPointer<UInt8>) {
  var sample: UInt16 = 0
  for index in stride(from: 0, to: row.count - 1, by: 2) {
    sample &+= UInt16(row[index]) << 8 | UInt16(row[index + 1])
    row[index] = UInt8(sample >> 8)
    row[index + 1] = UInt8(truncatingIfNeeded: sample)
  }
}

/// A row of 32 bits is stored as the first bytes of all samples, then the second ones, and so on.
private func interleaveBytes(in row: UnsafeMutableBufferPointer<UInt8>) {
  let stored = Array(row)
  let width = row.count / 4
  for index in 0..<width {
    for byte in 0..<4 { row[index * 4 + byte] = stored[byte * width + index] }
  }
}
