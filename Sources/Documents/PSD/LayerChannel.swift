import ByteIO

/// How the samples of a channel are stored.
package enum Compression: UInt16, CaseIterable, Sendable {
  /// Samples one after another.
  case raw = 0
  /// PackBits, row by row, after a table of the rows' byte counts.
  case runLength = 1
  /// One zlib stream.
  case zip = 2
  /// One zlib stream of differences between neighbours in a row.
  case zipWithPrediction = 3
}

/// One channel of a layer, compressed as in the file.
package struct LayerChannel: Hashable, Sendable {
  /// 0, 1, 2, … a colour; -1 transparency; -2 and -3 masks.
  ///
  /// Others are kept and not shown.
  package var id: Int16
  /// How ``data`` is stored; `nil` where the file has fewer than the two bytes that would say.
  package var compression: Compression?
  /// What follows the compression.
  package var data: ArraySlice<UInt8>

  package init(id: Int16, compression: Compression? = nil, data: ArraySlice<UInt8> = []) {
    self.id = id
    self.compression = compression
    self.data = data
  }

  /// The bytes in the file, those of the compression included.
  var byteCount: Int { data.count + (compression == nil ? 0 : 2) }

  mutating func readData(
    from reader: inout ByteReader, byteCount: Int
  ) throws(MalformedData) {
    var section = ByteReader(try reader.readBytes("data of channel \(id)", count: byteCount))
    if byteCount >= 2 { compression = try section.read("compression of channel \(id)") }
    data = section.readRemainder()
  }

  func writeData(to writer: inout ByteWriter) {
    if let compression { writer.write(compression.rawValue) }
    writer.write(data)
  }
}
