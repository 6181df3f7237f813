/// How a layer without pixels changes the colours below it.
///
/// It works on bytes, as Photoshop does in documents of 8 bits a channel: colours are rounded before they are changed.
package enum Adjustment: Hashable, Sendable {
  /// Every channel by itself.
  case tones(ToneTables)
  /// White where the colour's luminosity is at least `level`, 0...255, else black.
  case threshold(level: UInt8)
  /// Hue, saturation and lightness.
  case hue(HueAdjustment)
}

/// What becomes of each value of each channel.
package struct ToneTables: Hashable, Sendable {
  package let red: ToneTable
  package let green: ToneTable
  package let blue: ToneTable

  /// Makes tables of their parts.
  package init(red: ToneTable, green: ToneTable, blue: ToneTable) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// The same for all channels.
  package init(all table: ToneTable) { self.init(red: table, green: table, blue: table) }

  /// These tables, and behind them one for all channels.
  package func followed(by table: ToneTable) -> ToneTables {
    ToneTables(
      red: red.followed(by: table), green: green.followed(by: table),
      blue: blue.followed(by: table))
  }
}

/// What becomes of each of the 256 values of a channel.
package struct ToneTable: Hashable, Sendable {
  /// 256 of them.
  package let values: [UInt8]

  /// Makes a table of a function of 0...255, rounded to the nearest value, halves up; what is not a number counts as 0.
  package init(_ function: (_ value: Double) -> Double) {
    values = (0...255).map { value in
      let result = function(Double(value))
      return UInt8(max(0, min(255, (result.isNaN ? 0 : result) + 0.5)))
    }
  }

  /// Changes nothing.
  package static let identity = ToneTable { $0 }

  /// This table and another one behind it.
  package func followed(by other: ToneTable) -> ToneTable {
    ToneTable { Double(other.values[Int(values[Int($0)])]) }
  }
}

/// A change of hue, saturation and lightness of all colours alike.
package struct HueAdjustment: Hashable, Sendable {
  /// Whether all colours get one hue and saturation.
  package let isColorizing: Bool
  /// Degrees: a turn, or the hue itself where it colorizes.
  package let hue: Double
  /// -1...1, or 0...1 where it colorizes.
  package let saturation: Double
  /// -1, black, to 1, white.
  package let lightness: Double

  /// Makes an adjustment of its parts.
  package init(isColorizing: Bool, hue: Double, saturation: Double, lightness: Double) {
    self.isColorizing = isColorizing
    self.hue = hue
    self.saturation = saturation
    self.lightness = lightness
  }
}
