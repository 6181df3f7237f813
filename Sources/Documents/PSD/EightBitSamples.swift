import Glibc

/// Whether samples are colours or coverage; only 32 bits tell them apart.
enum SampleMeaning {
  case color
  case coverage
}

/// One byte for each pixel of stored samples.
///
/// - 1 bit: 1 is black, 0 white.
/// - 8 bits: as they are.
/// - 16 bits: the nearest of 256 steps, `(255 v + 32767) / 65535`.
/// - 32 bits: floating-point numbers, cut to 0...1. Colours are linear light and get the curve of
///   sRGB, coverage
///   is scaled; what is not a number becomes 0.
func eightBitSamples(
  _ stored: [UInt8], layout: ChannelLayout, meaning: SampleMeaning
) -> [UInt8] {
  let width = layout.size.width
  switch layout.depth {
  case .eight: return stored
  case .one:
    return samples(count: width * layout.rowCount) { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: width)
      let byte = stored[row * layout.rowByteCount + column / 8]
      return byte & (0x80 >> UInt8(column % 8)) == 0 ? 255 : 0
    }
  case .sixteen:
    return samples(count: stored.count / 2) { index in
      let value = UInt32(stored[2 * index]) << 8 | UInt32(stored[2 * index + 1])
      return UInt8((255 * value + 32767) / 65535)
    }
  case .thirtyTwo:
    return samples(count: stored.count / 4) { index in
      var bits: UInt32 = 0
      for byte in stored[4 * index..<4 * index + 4] { bits = bits << 8 | UInt32(byte) }
      let value = Float(bitPattern: bits)
      return meaning == .color ? sRGBByte(linear: value) : byte(value)
    }
  }
}

private func samples(count: Int, at value: (Int) -> UInt8) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { bytes, initializedCount in
    for index in 0..<count { bytes.initializeElement(at: index, to: value(index)) }
    initializedCount = count
  }
}

/// 0...1 as 0...255, the nearest; not a number is 0.
private func byte(_ value: Float) -> UInt8 {
  guard value > 0 else { return 0 }
  return UInt8((min(value, 1) * 255).rounded())
}

/// Linear light of 0...1 as a byte of sRGB.
///
/// Source: IEC 61966-2-1.
func sRGBByte(linear value: Float) -> UInt8 {
  byte(value <= 0.0031308 ? 12.92 * value : 1.055 * powf(min(value, 1), 1 / 2.4) - 0.055)
}
