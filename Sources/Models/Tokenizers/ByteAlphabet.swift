/// The printable alphabet in which byte-level vocabularies spell raw bytes.
///
/// A byte that Latin-1 can print stands for itself; the 68 others are U+0100, U+0101 and so on, in
/// increasing order. Source: GPT-2, `bytes_to_unicode`.
enum ByteAlphabet {
  /// The code point that spells each byte.
  static let spelling: [UInt16] = {
    var next: UInt16 = 0x100
    return (UInt16(0)...255).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  /// The byte that each code point spells, -1 where it spells none.
  private static let byte: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, spelled) in spelling.enumerated() { bytes[Int(spelled)] = Int16(byte) }
    return bytes
  }()

  /// Appends the bytes that `utf8` spells to `bytes`.
  ///
  /// - Returns: False at the first character that spells no byte.
  static func append(spelledBy utf8: ArraySlice<UInt8>, to bytes: inout [UInt8]) -> Bool {
    var index = utf8.startIndex
    while index < utf8.endIndex {
      var point = Int(utf8[index])
      index += 1
      if point >= 0x80 {
        guard index < utf8.endIndex, point & 0xE0 == 0xC0, utf8[index] & 0xC0 == 0x80 else {
          return false
        }
        point = (point & 0x1F) << 6 | Int(utf8[index] & 0x3F)
        index += 1
      }
      guard point < byte.count, byte[point] >= 0 else { return false }
      bytes.append(UInt8(truncatingIfNeeded: byte[point]))
    }
    return true
  }

  /// The spelling of `bytes`, as it stands in vocab.json and merges.txt.
  static func spell(_ bytes: some Sequence<UInt8>) -> String {
    var scalars = String.UnicodeScalarView()
    for byte in bytes {
      if let scalar = Unicode.Scalar(spelling[Int(byte)]) { scalars.append(scalar) }
    }
    return String(scalars)
  }
}
