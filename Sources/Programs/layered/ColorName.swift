import Raster

extension RGBAPixel {
  /// A colour as CSS writes it: #rgb, #rrggbb, #rrggbbaa, or one of the sixteen basic names, orange and
  /// transparent; `nil` for anything else.
  ///
  /// Source: CSS Color Module Level 3, 4.1 and 4.2.
  init?(named text: String) {
    let name = text.lowercased()
    if let value = Self.named[name] {
      self.init(value)
      return
    }
    guard name.first == "#" else { return nil }
    let digits = name.dropFirst()
    guard digits.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) else { return nil }
    switch digits.count {
    case 3: self.init(hex: digits.map { "\($0)\($0)" }.joined() + "ff")
    case 6: self.init(hex: digits + "ff")
    case 8: self.init(hex: String(digits))
    default: return nil
    }
  }

  private init?(hex: String) {
    guard let value = UInt32(hex, radix: 16) else { return nil }
    self.init(value)
  }

  private init(_ value: UInt32) {
    self.init(
      red: UInt8(truncatingIfNeeded: value >> 24), green: UInt8(truncatingIfNeeded: value >> 16),
      blue: UInt8(truncatingIfNeeded: value >> 8), alpha: UInt8(truncatingIfNeeded: value))
  }

  private static let named: [String: UInt32] = [
    "black": 0x0000_00FF, "silver": 0xC0C0_C0FF, "gray": 0x8080_80FF, "grey": 0x8080_80FF,
    "white": 0xFFFF_FFFF, "maroon": 0x8000_00FF, "red": 0xFF00_00FF, "purple": 0x8000_80FF,
    "fuchsia": 0xFF00_FFFF, "magenta": 0xFF00_FFFF, "green": 0x0080_00FF, "lime": 0x00FF_00FF,
    "olive": 0x8080_00FF, "yellow": 0xFFFF_00FF, "navy": 0x0000_80FF, "blue": 0x0000_FFFF,
    "teal": 0x0080_80FF, "aqua": 0x00FF_FFFF, "cyan": 0x00FF_FFFF, "orange": 0xFFA5_00FF,
    "transparent": 0,
  ]

  /// What ``init(named:)`` takes, for messages.
  static let forms = "#rgb, #rrggbb, #rrggbbaa or a basic CSS name such as navy"
}
