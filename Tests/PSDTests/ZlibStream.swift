/// A zlib stream with `bytes` in blocks that are stored as they are, made without zlib.
///
/// Source: RFC 1950 and RFC 1951, 3.2.4.
func zlibStream(of bytes: [UInt8]) -> [UInt8] {
  var stream: [UInt8] = [0x78, 0x01]
  var rest = bytes[...]
  repeat {
    let block = rest.prefix(65_535)
    rest = rest.dropFirst(block.count)
    let length = UInt16(block.count)
    stream.append(rest.isEmpty ? 1 : 0)
    for word in [length, ~length] {
      stream += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
    }
    stream += block
  } while !rest.isEmpty
  var low: UInt32 = 1
  var high: UInt32 = 0
  for byte in bytes {
    low = (low + UInt32(byte)) % 65_521
    high = (high + low) % 65_521
  }
  for word in [high, low] {
    stream += [UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word)]
  }
  return stream
}
