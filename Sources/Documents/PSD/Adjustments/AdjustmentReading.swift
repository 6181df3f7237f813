import ByteIO
import DocumentModel

/// What the values of an adjustment mean: how many channels of which colours a file has.
enum AdjustedColors: Hashable, Sendable {
  case rgb
  case grey

  /// `nil` for colours that are something else by the time they are merged, such as inks.
  init?(_ mode: FileHeader.ColorMode) {
    switch mode {
    case .rgb: self = .rgb
    case .grayscale: self = .grey
    default: return nil
    }
  }

  /// The tables of a file's channels: those of the colours by themselves, then the one for all of them.
  ///
  /// - Parameter table: The table of a channel, counted as Photoshop does: 0 is all of them, 1 the first.
  /// - Returns: One table for each of red, green and blue.
  func tables(_ table: (_ channel: Int) -> ToneTable) -> ToneTables {
    switch self {
    // The one channel is the first, and the table for all is left out.
    case .grey: ToneTables(all: table(1))
    case .rgb:
      ToneTables(red: table(1), green: table(2), blue: table(3)).followed(by: table(0))
    }
  }

  /// The power that makes light of values: that of sRGB, and that of a dot gain of 20 percent.
  var gamma: Double { self == .rgb ? 2.2 : 1.75 }
}

extension LayerRecord {
  /// How the layer changes what is below it; `nil` where it does not, or in a way that is not drawn.
  ///
  /// Levels, curves, exposure, invert, posterize, threshold, hue and saturation for all colours at once, and the older
  /// brightness and contrast. A block that is malformed counts as one that is not drawn.
  func adjustment(in header: FileHeader) -> Adjustment? {
    guard header.depth != .thirtyTwo, let colors = AdjustedColors(header.colorMode) else {
      return nil
    }
    let found = blocks.blocks.compactMap { block -> Adjustment? in
      guard let bytes = block.bytes else { return nil }
      // Steps lie elsewhere where there are more values than the 256 that are left of them here.
      guard header.depth == .eight || !["post", "thrs"].contains(block.key) else { return nil }
      return try? adjustment(block.key, bytes, colors)
    }
    return found.count == 1 ? found.first : nil
  }

  private func adjustment(
    _ key: FourCharacterCode, _ bytes: ArraySlice<UInt8>, _ colors: AdjustedColors
  ) throws(MalformedData) -> Adjustment? {
    var reader = ByteReader(bytes)
    switch key {
    case "nvrt": return .tones(ToneTables(all: ToneTable { 255 - $0 }))
    case "post": return .posterize(steps: Int(try reader.read("steps", as: UInt16.self)))
    case "thrs":
      return .threshold(level: UInt8(clamping: try reader.read("level", as: UInt16.self)))
    case "levl": return .tones(try Levels(reading: &reader).tables(in: colors))
    case "curv": return try Curves(reading: &reader).tables(in: colors).map(Adjustment.tones)
    case "expA": return .tones(try Exposure(reading: &reader).tables(in: colors))
    case "hue2" where colors == .rgb: return try HueAdjustment(reading: &reader).map(Adjustment.hue)
    case "brit":
      return try BrightnessAndContrast(reading: &reader, descriptor: blocks["CgEd"]).table.map {
        .tones(ToneTables(all: $0))
      }
    default: return nil
    }
  }
}

extension Adjustment {
  /// As many steps, 2...255, spread evenly from black to white.
  fileprivate static func posterize(steps: Int) -> Adjustment {
    let count = Double(max(2, min(255, steps)))
    return .tones(
      ToneTables(
        all: ToneTable { value in
          (value * count / 256).rounded(.down) * 255 / (count - 1)
        }))
  }
}
