/// A file of a tar archive in the POSIX form: a block of header, then the bytes, padded to whole blocks.
///
/// Whatever could differ from run to run is fixed: mode 644, owner 0, time 0, no names of people.
///
/// Source: IEEE Std 1003.1, "pax: ustar Interchange Format".
package struct TarMember: Hashable, Sendable {
  /// The name: 1...100 bytes of ASCII without `/`.
  package var name: String

  /// The content; less than 8 GiB.
  package var bytes: [UInt8]

  /// Bytes of a block; headers and padded contents have whole ones.
  package static let blockLength = 512

  /// Two empty blocks, which end an archive.
  package static let end = [UInt8](repeating: 0, count: 2 * blockLength)

  /// Makes a member of its parts.
  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Appends header, content and padding.
  func append(to archive: inout [UInt8]) {
    let start = archive.count
    let length = Self.paddedLength(bytes.count)
    archive.reserveCapacity(start + Self.blockLength + length)
    archive += [UInt8](repeating: 0, count: Self.blockLength)
    func put(_ text: String, at place: Int) {
      archive.replaceSubrange(start + place..<start + place + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put("0000000", at: 108)
    put("0000000", at: 116)
    put(octal(bytes.count, digits: 11), at: 124)
    put("00000000000", at: 136)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    put("0000000", at: 329)
    put("0000000", at: 337)
    let header = archive[start..<start + Self.blockLength]
    put(octal(Self.checksum(header), digits: 6), at: 148)
    put(" ", at: 155)
    archive += bytes
    archive += [UInt8](repeating: 0, count: length - bytes.count)
  }

  /// Reads the member whose header begins at `offset` and moves `offset` behind it.
  ///
  /// - Throws: ``ShardError/Reason/badTar(_:offset:)``; nothing is allocated beyond the archive's length.
  init(reading archive: [UInt8], at offset: inout Int) throws(ShardError.Reason) {
    let start = offset
    guard archive.count - start >= Self.blockLength else {
      throw .badTar("the header of a member is cut off", offset: start)
    }
    let header = archive[start..<start + Self.blockLength]
    guard header[(start + 257)...].starts(with: "ustar\0".utf8), header[start + 156] == 0x30 else {
      throw .badTar("no header of a regular file", offset: start)
    }
    guard
      Self.number(header[(start + 148)..<(start + 154)]) == Self.checksum(header)
    else { throw .badTar("the checksum of a header is wrong", offset: start + 148) }
    guard let length = Self.number(header[(start + 124)..<(start + 135)]),
      length <= archive.count - start - Self.blockLength,
      Self.paddedLength(length) <= archive.count - start - Self.blockLength
    else { throw .badTar("the length of a member leaves its sample", offset: start + 124) }
    let text = header[start..<start + 100].prefix { $0 != 0 }
    guard !text.isEmpty, text.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") })
    else { throw .badTar("a name that no member of a sample has", offset: start) }
    name = String(decoding: text, as: UTF8.self)
    let first = start + Self.blockLength
    bytes = Array(archive[first..<first + length])
    offset = first + Self.paddedLength(length)
  }

  /// The length of whole blocks that hold so many bytes.
  private static func paddedLength(_ length: Int) -> Int {
    (length + blockLength - 1) / blockLength * blockLength
  }

  /// The sum of a header's bytes, those of the checksum counted as spaces.
  private static func checksum(_ header: ArraySlice<UInt8>) -> Int {
    let place = header.startIndex + 148..<header.startIndex + 156
    return header.indices.reduce(0) { $0 + (place.contains($1) ? 0x20 : Int(header[$1])) }
  }

  /// A number of octal digits only; at most 11 of them, which fit.
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value * 8 + Int(digit - 0x30)
    }
    return value
  }
}

private func octal(_ value: Int, digits: Int) -> String {
  let text = String(value, radix: 8)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}
