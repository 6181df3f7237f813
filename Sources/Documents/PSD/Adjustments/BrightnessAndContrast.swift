import ByteIO
import DocumentModel

/// The block "brit" of older programs, or what the block "CgEd" of newer ones says instead.
///
/// Source: Adobe Photoshop File Formats Specification, "Brightness and Contrast".
struct BrightnessAndContrast: Hashable, Sendable {
  /// Levels that are added.
  var brightness: Double
  /// -100...100 percent.
  var contrast: Double
  /// The level that contrast leaves as it is.
  var mean: Double
  /// Whether it is done as Photoshop did before version CS3.
  var isOlder = true

  /// - Parameters:
  ///   - reader: The block "brit".
  ///   - descriptor: The block "CgEd", where there is one.
  /// - Throws: ``MalformedData`` where a block is malformed.
  init(reading reader: inout ByteReader, descriptor: ArraySlice<UInt8>?) throws(MalformedData) {
    brightness = Double(try reader.read("brightness", as: Int16.self))
    contrast = Double(try reader.read("contrast", as: Int16.self))
    mean = Double(try reader.read("mean", as: Int16.self))
    guard let descriptor else { return }
    var newer = ByteReader(descriptor)
    let values = try Descriptor(readingVersioned: &newer)
    if case .integer(let value)? = values["Brgh"] { brightness = Double(value) }
    if case .integer(let value)? = values["Cntr"] { contrast = Double(value) }
    if case .integer(let value)? = values["means"] { mean = Double(value) }
    if case .flag(let value)? = values["useLegacy"] { isOlder = value }
  }

  /// What it does to every channel; `nil` where it is done in the newer way, of which nothing is published.
  ///
  /// A stronger contrast comes after the brightness, a weaker one before it.
  var table: ToneTable? {
    guard brightness != 0 || contrast != 0 else { return .identity }
    guard isOlder else { return nil }
    // Photoshop counts contrast in 255ths, without the rest.
    let part = (abs(contrast) * 255 / 100).rounded(.down)
    if contrast < 0 {
      let slope = (255 - part) / 255
      return ToneTable { ($0 - mean) * slope + mean + brightness }
    }
    let slope = part < 255 ? 255 / (255 - part) : 255
    return ToneTable { ($0 + brightness - mean) * slope + mean }
  }
}
