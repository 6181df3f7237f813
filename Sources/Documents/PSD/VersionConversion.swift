import ByteIO
import Raster

extension PhotoshopFile {
  /// The same file as PSD or PSB: lengths and the tables of packed rows change, nothing else.
  ///
  /// - Throws: ``PhotoshopWritingError`` where a side is too long, `SectionTooLong` for a packed row.
  package func converted(to version: FileHeader.Version) throws -> PhotoshopFile {
    guard version != header.version else { return self }
    let limit = version.maximumSide
    guard max(header.size.width, header.size.height) <= limit else {
      throw PhotoshopWritingError.canvasTooLarge(header.size, limit: limit)
    }
    var file = self
    let old = header.version
    file.header.version = version
    func convert(_ information: inout LayerInformation) throws {
      for index in information.layers.indices {
        try information.layers[index].convertRowTables(from: old, to: version)
      }
    }
    if var information = layerAndMaskInformation.layerInformation {
      try convert(&information)
      file.layerAndMaskInformation.layerInformation = information
    }
    for (index, block) in layerAndMaskInformation.blocks.blocks.enumerated() {
      guard case .layers(var information) = block.content else { continue }
      try convert(&information)
      file.layerAndMaskInformation.blocks.blocks[index].content = .layers(information)
    }
    if imageData.compression == .runLength {
      file.imageData.data = try withRowTable(
        of: imageData.data, rowCount: header.size.height * header.channelCount, from: old,
        to: version)
    }
    return file
  }
}

extension LayerRecord {
  fileprivate mutating func convertRowTables(
    from old: FileHeader.Version, to new: FileHeader.Version
  ) throws {
    let size = rectangle.size
    guard max(size.width, size.height) <= new.maximumSide else {
      throw PhotoshopWritingError.rectangleOutOfRange(
        layer: name,
        PixelRectangle(
          x: Int(rectangle.left), y: Int(rectangle.top), width: size.width, height: size.height),
        limit: new.maximumSide)
    }
    for index in channels.indices where channels[index].compression == .runLength {
      let area: ChannelRectangle? =
        switch channels[index].id {
        case -2: mask?.mask.rectangle
        case -3: mask?.userMask?.rectangle
        default: rectangle
        }
      guard let area, area.size.width > 0 else { continue }
      channels[index].data = try withRowTable(
        of: channels[index].data, rowCount: area.size.height, from: old, to: new)
    }
  }
}

/// Packed rows behind a table of the other width; data too short for its table stays as it is.
private func withRowTable(
  of data: ArraySlice<UInt8>, rowCount: Int, from old: FileHeader.Version,
  to new: FileHeader.Version
) throws(SectionTooLong) -> ArraySlice<UInt8> {
  let width = old == .psd ? 2 : 4
  guard data.count >= rowCount * width else { return data }
  var writer = ByteWriter()
  var rest = data
  for _ in 0..<rowCount {
    let count = rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
    try writeRowByteCount(count, to: &writer, in: new)
    rest = rest.dropFirst(width)
  }
  writer.write(rest)
  return writer.bytes[...]
}
