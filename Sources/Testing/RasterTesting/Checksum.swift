/// The CRC-32 of zlib, by which golden files name pixels that would not be small.
package func crc32(_ bytes: [UInt8]) -> UInt32 {
  let table = (0..<256 as Range<UInt32>).map { index in
    (0..<8).reduce(index) { bits, _ in bits & 1 == 1 ? bits >> 1 ^ 0xEDB8_8320 : bits >> 1 }
  }
  return ~bytes.reduce(~0 as UInt32) { state, byte in
    table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
  }
}
