import ByteIO
import Raster

/// The header, the first of the five sections of a PSD or PSB file.
///
/// Source: Adobe Photoshop File Formats Specification, "File Header Section".
package struct FileHeader: Hashable, Sendable {
  /// The two forms of the file.
  package enum Version: UInt16, CaseIterable, Sendable {
    case psd = 1
    case psb = 2

    /// The longest side in pixels: 30 000 or 300 000.
    package var maximumSide: Int { self == .psd ? 30_000 : 300_000 }
  }

  /// What the channels mean.
  package enum ColorMode: UInt16, CaseIterable, Sendable {
    case bitmap = 0
    case grayscale = 1
    case indexed = 2
    case rgb = 3
    case cmyk = 4
    case multichannel = 7
    case duotone = 8
    case lab = 9

    /// Channels that hold colour, the first of the picture; a further one is alpha.
    ///
    /// Multichannel has as many as
    /// the file says.
    package var colorChannelCount: Int? {
      switch self {
      case .bitmap, .grayscale, .indexed, .duotone: 1
      case .rgb, .lab: 3
      case .cmyk: 4
      case .multichannel: nil
      }
    }
  }

  /// Bits of a sample.
  package enum Depth: UInt16, CaseIterable, Sendable {
    case one = 1
    case eight = 8
    case sixteen = 16
    case thirtyTwo = 32
  }

  /// PSD or PSB.
  package var version: Version
  /// Six bytes that should be zero; kept.
  package var reserved: ArraySlice<UInt8>
  /// Channels of the merged picture, alpha included, 1...56.
  package var channelCount: Int
  /// Canvas size in pixels; a side is at most 30 000 in PSD and 300 000 in PSB.
  package var size: PixelSize
  /// Bits of a sample.
  package var depth: Depth
  /// What the channels mean.
  package var colorMode: ColorMode

  /// Makes a header of a new file.
  ///
  /// - Precondition: 1...56 channels and sides in 1...the version's maximum.
  package init(
    version: Version, size: PixelSize, channelCount: Int, depth: Depth = .eight,
    colorMode: ColorMode = .rgb
  ) {
    let sides = 1...version.maximumSide
    precondition(sides.contains(size.width) && sides.contains(size.height), "side out of range")
    precondition((1...56).contains(channelCount), "channel count out of range")
    self.version = version
    reserved = [0, 0, 0, 0, 0, 0]
    self.channelCount = channelCount
    self.size = size
    self.depth = depth
    self.colorMode = colorMode
  }

  /// - Throws: ``MalformedData`` naming the field and the offset of its first byte.
  package init(reading reader: inout ByteReader) throws(MalformedData) {
    _ = try reader.readCode("signature", oneOf: "8BPS")
    version = try reader.read("version")
    reserved = try reader.readBytes("reserved bytes", count: 6)
    channelCount = Int(try reader.read("channel count", in: 1...56 as ClosedRange<UInt16>))
    let sides = 1...UInt32(version.maximumSide)
    let height = Int(try reader.read("height", in: sides))
    size = PixelSize(width: Int(try reader.read("width", in: sides)), height: height)
    depth = try reader.read("depth")
    colorMode = try reader.read("color mode")
  }

  /// Appends the 26 bytes of the section.
  package func write(to writer: inout ByteWriter) {
    writer.write(("8BPS" as FourCharacterCode).rawValue)
    writer.write(version.rawValue)
    writer.write(reserved)
    writer.write(UInt16(channelCount))
    writer.write(UInt32(size.height))
    writer.write(UInt32(size.width))
    writer.write(depth.rawValue)
    writer.write(colorMode.rawValue)
  }
}

extension ByteReader {
  /// Reads a section whose length has 8 bytes in PSB and 4 in PSD.
  mutating func readSection(
    _ field: @autoclosure () -> String, in version: FileHeader.Version
  ) throws(MalformedData) -> ByteReader {
    switch version {
    case .psd: try readSection(field(), lengthAs: UInt32.self)
    case .psb: try readSection(field(), lengthAs: UInt64.self)
    }
  }
}

extension ByteWriter {
  /// Appends a section whose length has 8 bytes in PSB and 4 in PSD.
  mutating func writeSection(
    _ field: String, in version: FileHeader.Version,
    content: (inout ByteWriter) throws(SectionTooLong) -> Void
  ) throws(SectionTooLong) {
    switch version {
    case .psd: try writeSection(field, lengthAs: UInt32.self, content: content)
    case .psb: try writeSection(field, lengthAs: UInt64.self, content: content)
    }
  }
}
