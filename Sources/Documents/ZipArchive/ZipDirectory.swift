import ByteIO

/// The central directory of an archive.
///
/// Source: PKWARE's APPNOTE.TXT, 4.3.12 and 4.3.16.
struct ZipDirectory {
  /// The entries in the order of their data.
  let records: [ZipRecord]

  /// Where the directory begins.
  let offset: Int

  init(in bytes: [UInt8], limits: ZipArchive.Limits) throws(MalformedData) {
    let end = try Self.endRecordOffset(in: bytes)
    var reader = ByteReader(bytes[end...])
    _ = try reader.readLittle("end record", as: UInt32.self)
    for field in ["number of this disk", "disk of the directory"] {
      let start = reader.offset
      let disk = try reader.readLittle(field, as: UInt16.self)
      guard disk == 0 else {
        throw MalformedData(.unexpected(found: "\(disk)", expected: "0"), in: field, at: start)
      }
    }
    let countOffset = reader.offset
    let countHere = try reader.readLittle("entries on this disk", as: UInt16.self)
    let count = try reader.readLittle("entry count", as: UInt16.self)
    let byteCount = try reader.readLittle("directory length", as: UInt32.self)
    let offset = try reader.readLittle("directory offset", as: UInt32.self)
    guard count != .max, byteCount != .max, offset != .max else {
      throw MalformedData(
        .invalid("asks for Zip64, which is not read"), in: "end record", at: end)
    }
    guard countHere == count, Int(count) <= limits.entryCount else {
      throw MalformedData(
        .overLimit(found: Int64(count), limit: Int64(limits.entryCount)), in: "entry count",
        at: countOffset)
    }
    guard Int(offset) + Int(byteCount) <= end else {
      throw MalformedData(
        .overLimit(found: Int64(offset) + Int64(byteCount), limit: Int64(end)),
        in: "end of the directory", at: countOffset + 4)
    }
    var entries = ByteReader(bytes[Int(offset)..<Int(offset) + Int(byteCount)])
    var records: [ZipRecord] = []
    var names: Set<String> = []
    var total = 0
    for index in 0..<Int(count) {
      let start = entries.offset
      let record: ZipRecord
      do throws(MalformedData) {
        record = try ZipRecord(readingCentralHeader: &entries)
      } catch { throw error.within("entry \(index)") }
      total += Int(record.byteCount)
      guard total <= limits.byteCount else {
        throw MalformedData(
          .overLimit(found: Int64(total), limit: Int64(limits.byteCount)),
          in: "unpacked size of the entries", at: start)
      }
      guard names.insert(record.name).inserted else {
        throw MalformedData(.invalid("repeats a name"), in: "entry \(index)", at: start)
      }
      records.append(record)
    }
    self.records = records.sorted { $0.offset < $1.offset }
    self.offset = Int(offset)
  }

  /// Looks for the end record, which only a comment may follow.
  private static func endRecordOffset(in bytes: [UInt8]) throws(MalformedData) -> Int {
    let last = bytes.count - ZipRecord.endByteCount
    let first = max(0, last - Int(UInt16.max))
    guard last >= 0 else { throw MalformedData(.truncated, in: "end record", at: bytes.count) }
    for offset in stride(from: last, through: first, by: -1) where bytes[offset] == 0x50 {
      let reader = ByteReader(bytes[offset...])
      guard reader.peek(as: UInt32.self)?.byteSwapped == ZipRecord.endSignature,
        let comment = reader.peek(as: UInt16.self, after: 20)?.byteSwapped,
        offset + ZipRecord.endByteCount + Int(comment) == bytes.count
      else { continue }
      return offset
    }
    throw MalformedData(.invalid("is missing"), in: "end record", at: first)
  }
}

extension ZipRecord {
  init(readingCentralHeader reader: inout ByteReader) throws(MalformedData) {
    let start = reader.offset
    let signature = try reader.readLittle("signature", as: UInt32.self)
    guard signature == Self.centralSignature else {
      throw MalformedData(
        .unexpected(found: "\(signature)", expected: "\(Self.centralSignature)"), in: "signature",
        at: start)
    }
    _ = try reader.readLittle("version made by", as: UInt16.self)
    _ = try reader.readLittle("version needed", as: UInt16.self)
    let flags = try reader.readLittle("flags", as: UInt16.self)
    guard flags & Self.encryptedFlag == 0 else {
      throw MalformedData(.invalid("say that the data is encrypted"), in: "flags", at: start + 8)
    }
    let rawMethod = try reader.readLittle("method", as: UInt16.self)
    guard let method = ZipMethod(rawValue: rawMethod) else {
      throw MalformedData(
        .unexpected(found: "\(rawMethod)", expected: "0 or 8"), in: "method", at: start + 10)
    }
    _ = try reader.readLittle("time and date", as: UInt32.self)
    checksum = try reader.readLittle("checksum")
    compressedByteCount = try reader.readLittle("compressed size")
    byteCount = try reader.readLittle("size")
    let nameByteCount = try reader.readLittle("name length", as: UInt16.self)
    let extraByteCount = try reader.readLittle("extra length", as: UInt16.self)
    let commentByteCount = try reader.readLittle("comment length", as: UInt16.self)
    _ = try reader.readBytes("disk and attributes", count: 8)
    offset = try reader.readLittle("local header offset")
    guard compressedByteCount != .max, byteCount != .max, offset != .max else {
      throw MalformedData(.invalid("asks for Zip64, which is not read"), in: "size", at: start + 20)
    }
    guard method == .deflated || compressedByteCount == byteCount else {
      throw MalformedData(
        .unexpected(found: "\(compressedByteCount)", expected: "\(byteCount)"),
        in: "compressed size", at: start + 20)
    }
    self.method = method
    let nameBytes = try reader.readBytes("name", count: Int(nameByteCount))
    guard let name = String(validating: nameBytes, as: UTF8.self), isSafeEntryName(name) else {
      throw MalformedData(
        .invalid("is not UTF-8 or leaves the folder"), in: "name", at: start + 46)
    }
    self.name = name
    _ = try reader.readBytes("extra field", count: Int(extraByteCount))
    _ = try reader.readBytes("comment", count: Int(commentByteCount))
  }

  /// Where the data lies, after a local header that must agree with this record.
  func dataRange(in bytes: [UInt8], upTo end: Int) throws(MalformedData) -> Range<Int> {
    let start = Int(offset)
    guard start <= end else {
      throw MalformedData(
        .overLimit(found: Int64(start), limit: Int64(end)), in: "local header offset", at: start)
    }
    do throws(MalformedData) {
      var reader = ByteReader(bytes[start..<end])
      let signature = try reader.readLittle("local header signature", as: UInt32.self)
      _ = try reader.readBytes("local header", count: 22)
      let nameByteCount = try reader.readLittle("name length", as: UInt16.self)
      let extraByteCount = try reader.readLittle("extra length", as: UInt16.self)
      let localName = try reader.readBytes("name", count: Int(nameByteCount))
      guard signature == Self.localSignature, localName.elementsEqual(name.utf8) else {
        throw MalformedData(
          .invalid("differs from the directory"), in: "local header", at: start)
      }
      _ = try reader.readBytes("extra field", count: Int(extraByteCount))
      let first = reader.offset
      _ = try reader.readBytes("data", count: Int(compressedByteCount))
      return first..<reader.offset
    } catch { throw error.within("entry \(name.debugDescription)") }
  }
}
