import ByteIO
import DocumentModel
import Glibc

/// The block "levl": for each channel which values become black and white, and how those between are spread.
///
/// Source: Adobe Photoshop File Formats Specification, "Levels".
struct Levels: Hashable, Sendable {
  struct Channel: Hashable, Sendable {
    /// The value, 0...255, that becomes the darkest.
    let inputFloor: Double
    /// The value, 0...255, that becomes the lightest.
    let inputCeiling: Double
    /// The darkest, 0...255.
    let outputFloor: Double
    /// The lightest, 0...255.
    let outputCeiling: Double
    /// 0.01...9.99; above 1 makes what is between lighter.
    let gamma: Double
  }

  /// All channels together, then each.
  let channels: [Channel]

  /// Sets of levels that are read: those of all channels together and of the first four.
  private static let channelCount = 5

  /// - Throws: ``MalformedData`` where the block is cut off or of another version than 2.
  init(reading reader: inout ByteReader) throws(MalformedData) {
    _ = try reader.read("levels version", oneOf: 2 as UInt16)
    var channels: [Channel] = []
    for _ in 0..<Self.channelCount {
      var values: [Double] = []
      for _ in 0..<5 { values.append(Double(try reader.read("level", as: UInt16.self))) }
      channels.append(
        Channel(
          inputFloor: values[0], inputCeiling: values[1], outputFloor: values[2],
          outputCeiling: values[3], gamma: max(0.01, min(9.99, values[4] / 100))))
    }
    self.channels = channels
  }

  func tables(in colors: AdjustedColors) -> ToneTables {
    colors.tables { channels.indices.contains($0) ? channels[$0].table : .identity }
  }
}

extension Levels.Channel {
  /// Input levels, rounded to whole values, then gamma, then output levels.
  fileprivate var table: ToneTable {
    let range = max(1, inputCeiling - inputFloor)
    return ToneTable { value in
      let share = max(0, min(1, (value - inputFloor) / range))
      let lightened = lightened((share * 255 + 0.5).rounded(.down))
      return outputFloor + lightened * (outputCeiling - outputFloor) / 255
    }
  }

  /// A value, 0...255, raised to the reciprocal of gamma.
  ///
  /// Above a gamma of 1 that would rise without limit at black. Photoshop lets it start as a parabola, which meets the
  /// power with its slope. Where it meets is not published: this place fits the merged pictures of files, with gammas of
  /// 1.16 to 2.05, within a level or two.
  private func lightened(_ value: Double) -> Double {
    func power(_ value: Double) -> Double { 255 * pow(value / 255, 1 / gamma) }
    let end = min(32, 48 * (gamma - 1))
    guard end > 0, value < end else { return power(value) }
    let rise = power(end) / end
    let bend = (rise / gamma - rise) / end
    return value * (rise - bend * (end - value))
  }
}
