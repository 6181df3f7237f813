import ByteIO
import Deflate

/// Why an entry cannot be written.
package enum ZipWriteError: Error, Hashable, Sendable {
  /// A name that would leave the folder, or that was given before.
  case unusableName(String)

  /// More than 65,534 entries, or 4 GiB: the archive would need the Zip64 extensions.
  case needsZip64(name: String)
}

extension ZipWriteError: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .unusableName(let name): "\(name.debugDescription) cannot name an entry of a ZIP file"
    case .needsZip64(let name):
      "with \(name.debugDescription) the ZIP file would exceed 65534 entries or 4 GiB"
    }
  }
}

/// Writes a ZIP archive entry by entry, without going back; equal entries give equal bytes.
///
/// Source: PKWARE's APPNOTE.TXT. The Zip64 extensions are not used: what needs them is refused before
/// any byte of the entry is written.
package struct ZipWriter {
  private let sink: ([UInt8]) throws -> Void
  private var records: [ZipRecord] = []
  private var names: Set<String> = []
  private var offset = 0
  private var directoryByteCount = 0

  /// Begins an archive.
  ///
  /// - Parameter sink: Takes the bytes of the file one part after another.
  package init(to sink: @escaping ([UInt8]) throws -> Void) {
    self.sink = sink
  }

  /// Adds an entry.
  ///
  /// - Throws: ``ZipWriteError``, `DeflateError.outOfMemory`, or what the sink throws.
  package mutating func append(
    _ bytes: [UInt8], named name: String, method: ZipMethod = .deflated
  ) throws {
    guard isSafeEntryName(name), !names.contains(name) else {
      throw ZipWriteError.unusableName(name)
    }
    let data = method == .stored ? bytes : try deflated(bytes, to: .raw)
    let nameByteCount = name.utf8.count
    let end = offset + ZipRecord.localByteCount + nameByteCount + data.count
    let newDirectoryByteCount = directoryByteCount + ZipRecord.centralByteCount + nameByteCount
    // The values that mean "see Zip64" have to stay free.
    guard records.count < 0xFFFE, bytes.count < 0xFFFF_FFFF,
      end + newDirectoryByteCount < 0xFFFF_FFFF
    else { throw ZipWriteError.needsZip64(name: name) }
    let record = ZipRecord(
      name: name, method: method, checksum: crc32Checksum(bytes[...]),
      compressedByteCount: UInt32(truncatingIfNeeded: data.count),
      byteCount: UInt32(truncatingIfNeeded: bytes.count),
      offset: UInt32(truncatingIfNeeded: offset))
    try sink(record.localHeader)
    try sink(data)
    offset = end
    directoryByteCount = newDirectoryByteCount
    records.append(record)
    names.insert(name)
  }

  /// Writes the directory; the archive is whole after it.
  ///
  /// - Throws: What the sink throws.
  package mutating func finish() throws {
    for record in records { try sink(record.centralHeader) }
    var end = ByteWriter()
    let count = UInt16(truncatingIfNeeded: records.count)
    end.writeLittle(ZipRecord.endSignature)
    end.writeLittle(UInt16(0))  // this disk
    end.writeLittle(UInt16(0))  // disk of the directory
    end.writeLittle(count)
    end.writeLittle(count)
    end.writeLittle(UInt32(truncatingIfNeeded: directoryByteCount))
    end.writeLittle(UInt32(truncatingIfNeeded: offset))
    end.writeLittle(UInt16(0))  // comment
    try sink(end.bytes)
  }
}
