import ByteIO

/// One layer: where it is, how it blends, its channels and its blocks.
///
/// Source: Adobe Photoshop File Formats Specification, "Layer records".
package struct LayerRecord: Hashable, Sendable {
  /// Where the colour and transparency channels lie.
  package var rectangle: ChannelRectangle
  /// The channels in their order in the file.
  package var channels: [LayerChannel]
  /// "norm", "mul " and so on; unknown ones are kept.
  package var blendKey: FourCharacterCode
  /// 0 is transparent, 255 opaque.
  package var opacity: UInt8
  /// Whether the layer is clipped to the one below.
  package var isClipped: Bool
  /// Bit 0: transparency protected; 1: hidden; 4: pixels irrelevant to the picture.
  package var flags: UInt8
  /// A byte that should be zero; kept.
  package var filler: UInt8
  /// The masks, where there are any.
  package var mask: LayerMaskData?
  /// Which values of this layer and of those below it show, as stored.
  package var blendingRanges: ArraySlice<UInt8>
  /// The name's bytes in the encoding of the machine that wrote them; see ``name``.
  package var legacyName: ArraySlice<UInt8>
  /// Bytes that fill the name's field up to a multiple of four.
  package var namePadding: ArraySlice<UInt8>
  /// Everything else.
  package var blocks: AdditionalBlocks

  /// The least bytes that a record can have in a file.
  static let minimumByteCount = 34

  /// Makes a visible, opaque, normal layer.
  package init(rectangle: ChannelRectangle, channels: [LayerChannel]) {
    self.rectangle = rectangle
    self.channels = channels
    blendKey = "norm"
    opacity = 255
    isClipped = false
    flags = 8
    filler = 0
    blendingRanges = []
    legacyName = []
    namePadding = [0, 0, 0]
    blocks = AdditionalBlocks()
  }

  /// Whether the layer does not show.
  package var isHidden: Bool { flags & 2 != 0 }

  /// Reads a record; the channels have no data yet.
  ///
  /// - Returns: The byte count of each channel's data, which follows the records.
  static func read(
    from reader: inout ByteReader, header: FileHeader
  ) throws(MalformedData) -> (record: LayerRecord, channelByteCounts: [Int]) {
    var record = LayerRecord(
      rectangle: try ChannelRectangle("layer", reading: &reader), channels: [])
    let channelCount = try reader.read("channel count", in: 0...60 as ClosedRange<UInt16>)
    var byteCounts: [Int] = []
    for _ in 0..<channelCount {
      record.channels.append(LayerChannel(id: try reader.read("channel id")))
      byteCounts.append(try readChannelLength(from: &reader, version: header.version))
    }
    _ = try reader.readCode("blend signature", oneOf: "8BIM")
    record.blendKey = try reader.readCode("blend key")
    record.opacity = try reader.read("opacity")
    record.isClipped = try reader.read("clipping", oneOf: 0 as UInt8, 1) == 1
    record.flags = try reader.read("flags")
    record.filler = try reader.read("filler")
    var extra = try reader.readSection("extra layer data", lengthAs: UInt32.self)
    try record.readExtraData(from: &extra, header: header)
    return (record, byteCounts)
  }

  private static func readChannelLength(
    from reader: inout ByteReader, version: FileHeader.Version
  ) throws(MalformedData) -> Int {
    let start = reader.offset
    let length: UInt64 =
      switch version {
      case .psd: UInt64(try reader.read("channel length", as: UInt32.self))
      case .psb: try reader.read("channel length", as: UInt64.self)
      }
    guard let count = Int(exactly: length), count <= reader.remainingCount else {
      throw MalformedData(
        .overLimit(found: Int64(clamping: length), limit: Int64(reader.remainingCount)),
        in: "channel length", at: start)
    }
    return count
  }

  private mutating func readExtraData(
    from extra: inout ByteReader, header: FileHeader
  ) throws(MalformedData) {
    var maskSection = try extra.readSection("mask data", lengthAs: UInt32.self)
    if !maskSection.isAtEnd { mask = try LayerMaskData(reading: &maskSection) }
    var ranges = try extra.readSection("blending ranges", lengthAs: UInt32.self)
    blendingRanges = ranges.readRemainder()
    let nameLength = Int(try extra.read("name length", as: UInt8.self))
    legacyName = try extra.readBytes("name", count: nameLength)
    namePadding = try extra.readBytes(
      "name padding", count: min(3 - nameLength % 4, extra.remainingCount))
    blocks = try AdditionalBlocks(reading: &extra, header: header)
    _ = try blocks.sectionDivider()
  }

  /// Appends the record without the channels' data.
  func write(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    rectangle.write(to: &writer)
    writer.write(UInt16(truncatingIfNeeded: channels.count))
    for channel in channels {
      writer.write(channel.id)
      switch version {
      case .psd:
        guard let count = UInt32(exactly: channel.byteCount) else {
          throw SectionTooLong(field: "channel", byteCount: channel.byteCount, limit: UInt32.max)
        }
        writer.write(count)
      case .psb: writer.write(UInt64(channel.byteCount))
      }
    }
    writer.write(("8BIM" as FourCharacterCode).rawValue)
    writer.write(blendKey.rawValue)
    writer.write([opacity, isClipped ? 1 : 0, flags, filler])
    try writer.writeSection("extra layer data", lengthAs: UInt32.self) {
      extra throws(SectionTooLong) in try writeExtraData(to: &extra, version: version)
    }
  }

  private func writeExtraData(
    to extra: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    try extra.writeSection("mask data", lengthAs: UInt32.self) {
      section throws(SectionTooLong) in mask?.write(to: &section)
    }
    try extra.writeSection("blending ranges", lengthAs: UInt32.self) {
      section throws(SectionTooLong) in section.write(blendingRanges)
    }
    try extra.writeSection("layer name", lengthAs: UInt8.self) {
      section throws(SectionTooLong) in section.write(legacyName)
    }
    extra.write(namePadding)
    try blocks.write(to: &extra, version: version)
  }
}
