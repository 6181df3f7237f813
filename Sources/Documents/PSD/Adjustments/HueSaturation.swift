import ByteIO
import DocumentModel

extension HueAdjustment {
  /// Reads the block "hue2"; `nil` where it changes colours of some hues only, which is not drawn.
  ///
  /// Source: Adobe Photoshop File Formats Specification, "Hue/Saturation".
  ///
  /// - Throws: ``MalformedData`` where the block is cut off or of another version than 2.
  init?(reading reader: inout ByteReader) throws(MalformedData) {
    _ = try reader.read("hue version", oneOf: 2 as UInt16)
    let isColorizing = try reader.read("colorizing", as: UInt8.self) != 0
    _ = try reader.readBytes("hue padding", count: 1)
    func settings() throws(MalformedData) -> [Double] {
      var values: [Double] = []
      for field in ["hue", "saturation", "lightness"] {
        values.append(Double(try reader.read(field, as: Int16.self)))
      }
      return values
    }
    let colorizing = try settings()
    let all = try settings()
    var isForAll = true
    for _ in 0..<6 {
      _ = try reader.readBytes("range of hues", count: 8)
      if try settings() != [0, 0, 0] { isForAll = false }
    }
    guard isColorizing || isForAll else { return nil }
    let chosen = isColorizing ? colorizing : all
    self.init(
      isColorizing: isColorizing, hue: chosen[0], saturation: chosen[1] / 100,
      lightness: chosen[2] / 100)
  }
}
