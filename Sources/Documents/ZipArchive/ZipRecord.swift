import ByteIO

/// How the bytes of an entry lie in the archive.
package enum ZipMethod: UInt16, Hashable, Sendable {
  /// As they are.
  case stored = 0
  /// Deflated.
  case deflated = 8
}

/// What the records of an entry say of it.
///
/// Source: PKWARE's APPNOTE.TXT, 4.3.7 "Local file header" and 4.3.12 "Central directory structure".
struct ZipRecord: Hashable, Sendable {
  static let localSignature: UInt32 = 0x0403_4B50
  static let centralSignature: UInt32 = 0x0201_4B50
  static let endSignature: UInt32 = 0x0605_4B50

  /// Bytes of the parts of fixed size.
  static let localByteCount = 30
  static let centralByteCount = 46
  static let endByteCount = 22

  /// Flag bit 0: the data is encrypted.
  static let encryptedFlag: UInt16 = 1
  /// Flag bit 11: the name is UTF-8.
  static let unicodeFlag: UInt16 = 1 << 11

  var name: String
  var method: ZipMethod
  var checksum: UInt32
  var compressedByteCount: UInt32
  var byteCount: UInt32
  /// Where the local header begins.
  var offset: UInt32

  /// The bytes before the data.
  var localHeader: [UInt8] {
    var writer = ByteWriter()
    writer.writeLittle(Self.localSignature)
    writeShared(to: &writer)
    writer.write(name.utf8)
    return writer.bytes
  }

  /// The entry of the central directory.
  var centralHeader: [UInt8] {
    var writer = ByteWriter()
    writer.writeLittle(Self.centralSignature)
    writer.writeLittle(UInt16(20))  // made by: MS-DOS attributes, version 2.0
    writeShared(to: &writer)
    writer.writeLittle(UInt16(0))  // comment
    writer.writeLittle(UInt16(0))  // disk
    writer.writeLittle(UInt16(0))  // internal attributes
    writer.writeLittle(UInt32(0))  // external attributes
    writer.writeLittle(offset)
    writer.write(name.utf8)
    return writer.bytes
  }

  private func writeShared(to writer: inout ByteWriter) {
    writer.writeLittle(UInt16(20))  // version needed: 2.0
    writer.writeLittle(name.utf8.allSatisfy { $0 < 128 } ? 0 : Self.unicodeFlag)
    writer.writeLittle(method.rawValue)
    writer.writeLittle(UInt16(0))  // time: midnight
    writer.writeLittle(UInt16(0x21))  // date: 1980-01-01, so that equal content gives equal files
    writer.writeLittle(checksum)
    writer.writeLittle(compressedByteCount)
    writer.writeLittle(byteCount)
    writer.writeLittle(UInt16(truncatingIfNeeded: name.utf8.count))
    writer.writeLittle(UInt16(0))  // extra field
  }
}

extension ByteWriter {
  /// Appends a little-endian integer.
  mutating func writeLittle<Value: FixedWidthInteger>(_ value: Value) { write(value.byteSwapped) }
}

extension ByteReader {
  /// Reads a little-endian integer.
  mutating func readLittle<Value: FixedWidthInteger>(
    _ field: @autoclosure () -> String, as type: Value.Type = Value.self
  ) throws(MalformedData) -> Value {
    try read(field(), as: type).byteSwapped
  }
}
