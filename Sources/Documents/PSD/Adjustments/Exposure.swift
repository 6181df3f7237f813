import ByteIO
import DocumentModel
import Glibc

/// The block "expA": light that is multiplied, shifted and spread anew.
///
/// Source: Adobe Photoshop File Formats Specification, "Exposure".
struct Exposure: Hashable, Sendable {
  /// Stops: 1 doubles the light.
  let exposure: Double
  /// Added to the light, of which white is 1.
  let offset: Double
  /// 0.01...9.99; above 1 makes what is between black and white lighter.
  let gamma: Double

  /// - Throws: ``MalformedData`` where the block is cut off.
  init(reading reader: inout ByteReader) throws(MalformedData) {
    _ = try reader.read("exposure version", as: UInt16.self)
    func number(_ field: String) throws(MalformedData) -> Double {
      Double(Float(bitPattern: try reader.read(field, as: UInt32.self)))
    }
    exposure = try number("exposure")
    offset = try number("exposure offset")
    gamma = max(0.01, min(9.99, try number("exposure gamma")))
  }

  func tables(in colors: AdjustedColors) -> ToneTables {
    ToneTables(
      all: ToneTable { value in
        let light = pow(value / 255, colors.gamma) * exp2(exposure) + offset
        return 255 * pow(pow(max(0, min(1, light)), 1 / gamma), 1 / colors.gamma)
      })
  }
}
