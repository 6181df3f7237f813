import ByteIO

/// The layers from the bottom up: their records, then the data of all their channels.
///
/// Source: Adobe Photoshop File Formats Specification, "Layer info".
package struct LayerInformation: Hashable, Sendable {
  /// The layers from the bottom up; ends of groups are layers too.
  package var layers: [LayerRecord]
  /// Whether the first alpha channel of the merged picture is its transparency; stored as a
  /// negative count.
  package var hasMergedTransparency: Bool
  /// What fills up the section.
  package var padding: ArraySlice<UInt8>

  /// The most layers that a file may have.
  package static let maximumLayerCount = 8192

  package init(_ layers: [LayerRecord], hasMergedTransparency: Bool = false) {
    self.layers = layers
    self.hasMergedTransparency = hasMergedTransparency
    padding = []
  }

  /// Reads to the end of the section.
  ///
  /// - Throws: ``MalformedData`` naming the layer, the field and its offset.
  package init(reading reader: inout ByteReader, header: FileHeader) throws(MalformedData) {
    let start = reader.offset
    let signedCount = try reader.read("layer count", as: Int16.self)
    let count = Int(signedCount.magnitude)
    let limit = min(Self.maximumLayerCount, reader.remainingCount / LayerRecord.minimumByteCount)
    guard count <= limit else {
      throw MalformedData(
        .overLimit(found: Int64(count), limit: Int64(limit)), in: "layer count", at: start)
    }
    self.init([], hasMergedTransparency: signedCount < 0)
    var byteCounts: [[Int]] = []
    for index in 0..<count {
      do throws(MalformedData) {
        let (record, channelByteCounts) = try LayerRecord.read(from: &reader, header: header)
        layers.append(record)
        byteCounts.append(channelByteCounts)
      } catch {
        throw error.within("layer \(index)")
      }
    }
    try readChannels(from: &reader, byteCounts: byteCounts)
    padding = reader.readRemainder()
  }

  /// Reads as many records, and then as many channels, as there are; channels that are missing have no data.
  init?(salvaging reader: inout ByteReader, header: FileHeader) {
    guard let signedCount = try? reader.read("layer count", as: Int16.self) else { return nil }
    let count = min(Int(signedCount.magnitude), Self.maximumLayerCount)
    self.init([], hasMergedTransparency: signedCount < 0)
    var byteCounts: [[Int]] = []
    for _ in 0..<count {
      guard let found = try? LayerRecord.read(from: &reader, header: header) else { return }
      layers.append(found.record)
      byteCounts.append(found.channelByteCounts)
    }
    try? readChannels(from: &reader, byteCounts: byteCounts)
  }

  private mutating func readChannels(
    from reader: inout ByteReader, byteCounts: [[Int]]
  ) throws(MalformedData) {
    for (layer, channelByteCounts) in byteCounts.enumerated() {
      for (channel, byteCount) in channelByteCounts.enumerated() {
        do throws(MalformedData) {
          try layers[layer].channels[channel].readData(from: &reader, byteCount: byteCount)
        } catch {
          throw error.within("layer \(layer)")
        }
      }
    }
  }

  /// Appends the content of the section.
  package func write(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    try writeRecords(to: &writer, version: version)
    for layer in layers {
      for channel in layer.channels { channel.writeData(to: &writer) }
    }
    writer.write(padding)
  }

  /// Appends what comes before the channels' data.
  func writeRecords(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    guard layers.count <= Self.maximumLayerCount else {
      throw SectionTooLong(
        field: "layer count", byteCount: layers.count, limit: UInt(Self.maximumLayerCount))
    }
    let count = Int16(truncatingIfNeeded: layers.count)
    writer.write(hasMergedTransparency ? -count : count)
    for layer in layers { try layer.write(to: &writer, version: version) }
  }
}
