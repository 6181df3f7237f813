import ByteIO
import Deflate

/// A ZIP archive in memory, with every record checked before anything is unpacked.
///
/// Source: PKWARE's APPNOTE.TXT. Refused are encryption, several disks, the Zip64 extensions, methods other
/// than stored and deflated, names that leave the folder or repeat, and entries that share bytes.
package struct ZipArchive: Sendable {
  /// How much an archive may ask for.
  package struct Limits: Hashable, Sendable {
    /// The most entries.
    package var entryCount = 20_000
    /// The most bytes of all entries together, unpacked.
    package var byteCount = 2 << 30

    /// The default limits.
    package init() {}
  }

  /// The names of the entries in the order of their data; folders end in a slash.
  package var names: [String] { records.map(\.name) }

  private let bytes: [UInt8]
  private let records: [ZipRecord]
  private let places: [String: (record: ZipRecord, data: Range<Int>)]

  /// Opens an archive.
  ///
  /// - Throws: `MalformedData` with the field and its offset.
  package init(_ bytes: [UInt8], limits: Limits = Limits()) throws(MalformedData) {
    let directory = try ZipDirectory(in: bytes, limits: limits)
    var places: [String: (record: ZipRecord, data: Range<Int>)] = [:]
    var end = 0
    for record in directory.records {
      let data = try record.dataRange(in: bytes, upTo: directory.offset)
      let offset = Int(record.offset)
      guard offset >= end else {
        throw MalformedData(
          .invalid("lies inside another entry"), in: "entry \(record.name.debugDescription)",
          at: offset)
      }
      end = data.upperBound
      places[record.name] = (record, data)
    }
    self.bytes = bytes
    self.places = places
    records = directory.records
  }

  /// Whether the first entry has a name and is stored, as some formats ask of their type.
  package func beginsWithStored(_ name: String) -> Bool {
    guard let first = records.first else { return false }
    return first.name == name && first.method == .stored && first.offset == 0
  }

  /// The unpacked bytes of an entry; `nil` where there is none of that name.
  ///
  /// - Throws: `MalformedData` where they cannot be unpacked or their checksum is wrong.
  package func contents(of name: String) throws(MalformedData) -> [UInt8]? {
    guard let (record, range) = places[name] else { return nil }
    let field = "entry \(name.debugDescription)"
    let result: [UInt8]
    switch record.method {
    case .stored: result = Array(bytes[range])
    case .deflated:
      do throws(DeflateError) {
        result = try inflated(bytes[range], from: .raw, byteCount: Int(record.byteCount))
      } catch {
        throw MalformedData(
          .invalid("cannot be unpacked: \(error)"), in: field, at: range.lowerBound)
      }
    }
    guard crc32Checksum(result[...]) == record.checksum else {
      throw MalformedData(.invalid("has a wrong checksum"), in: field, at: range.lowerBound)
    }
    return result
  }
}
