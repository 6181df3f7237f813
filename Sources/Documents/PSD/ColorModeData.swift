import ByteIO
import Raster

/// The second section: the palette of an indexed picture, the inks of a duotone; else mostly empty.
///
/// Source: Adobe Photoshop File Formats Specification, "Color Mode Data Section".
package struct ColorModeData: Hashable, Sendable {
  /// The content as stored.
  package var bytes: ArraySlice<UInt8>

  package init(bytes: ArraySlice<UInt8> = []) { self.bytes = bytes }

  /// - Throws: ``MalformedData`` where the length is beyond the file, or an indexed picture has no
  ///   palette.
  package init(
    reading reader: inout ByteReader, colorMode: FileHeader.ColorMode
  ) throws(MalformedData) {
    let start = reader.offset
    var section = try reader.readSection("color mode data", lengthAs: UInt32.self)
    bytes = section.readRemainder()
    guard colorMode != .indexed || bytes.count >= 768 else {
      throw MalformedData(
        .unexpected(found: "\(bytes.count)", expected: "768"), in: "palette length", at: start)
    }
  }

  /// The 256 colours of an indexed picture; `nil` where there are none.
  package var palette: [RGBAPixel]? {
    guard bytes.count >= 768 else { return nil }
    let first = bytes.startIndex
    return (first..<first + 256).map { index in
      RGBAPixel(
        red: bytes[index], green: bytes[index + 256], blue: bytes[index + 512], alpha: 255)
    }
  }

  /// Appends the section.
  package func write(to writer: inout ByteWriter) throws(SectionTooLong) {
    try writer.writeSection("color mode data", lengthAs: UInt32.self) {
      section throws(SectionTooLong) in section.write(bytes)
    }
  }
}
