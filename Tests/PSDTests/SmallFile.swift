import ByteIO
import PSD
import Raster

/// Files of a few hundred bytes that tests make, read and spoil.
enum SmallFile {
  /// A canvas of 4 x 3 with a layer of 2 x 2 at (1, 1) named "Paint" in raw samples, in a group
  /// "Group".
  static func file(version: FileHeader.Version = .psd) throws -> PhotoshopFile {
    let square = try rectangle(top: 1, left: 1, bottom: 3, right: 3)
    var paint = LayerRecord(
      rectangle: square,
      channels: [-1, 0, 1, 2].map { id in
        LayerChannel(id: id, compression: .raw, data: [200, 150, 100, UInt8(10 * (id + 2))])
      })
    paint.rename(to: "Paint")
    let nothing = try rectangle(top: 0, left: 0, bottom: 0, right: 0)
    var end = LayerRecord(rectangle: nothing, channels: [])
    end.blocks.blocks = [SectionDivider(.groupEnd).block]
    var group = LayerRecord(rectangle: nothing, channels: [])
    group.rename(to: "Group")
    group.blocks.blocks.append(SectionDivider(.openGroup, blendKey: "pass").block)
    var resources = ImageResources()
    resources.resources = [
      ResolutionInformation(horizontal: 300 << 16, vertical: 150 << 16).resource
    ]
    return PhotoshopFile(
      header: FileHeader(
        version: version, size: PixelSize(width: 4, height: 3), channelCount: 3),
      imageResources: resources,
      layerAndMaskInformation: LayerAndMaskInformation(
        layerInformation: LayerInformation([end, paint, group])),
      imageData: ImageData(compression: .raw, data: ArraySlice(repeating: 9, count: 36)))
  }

  static func rectangle(
    top: Int32, left: Int32, bottom: Int32, right: Int32
  ) throws -> ChannelRectangle {
    guard let made = ChannelRectangle(top: top, left: left, bottom: bottom, right: right) else {
      throw MalformedData(.invalid("is too large"), in: "rectangle", at: 0)
    }
    return made
  }

  static func bytes(version: FileHeader.Version = .psd) throws -> [UInt8] {
    try file(version: version).bytes()
  }

  /// The offset of the first place where `text` stands.
  static func offset(of text: String, in bytes: [UInt8]) throws -> Int {
    let wanted = Array(text.utf8)
    let last = bytes.count - wanted.count
    for start in 0...max(0, last) where bytes[start...].starts(with: wanted) { return start }
    throw MalformedData(.invalid("is not in the file"), in: text, at: 0)
  }
}

/// The fault with which bytes are refused; `nil` where they open.
func fault(of bytes: [UInt8]) -> MalformedData? {
  do throws(MalformedData) {
    _ = try PhotoshopFile(reading: bytes)
    return nil
  } catch {
    return error
  }
}

extension [UInt8] {
  /// The bytes with others in their place from `offset` on.
  func replacing(at offset: Int, with bytes: [UInt8]) -> [UInt8] {
    var changed = self
    changed.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    return changed
  }
}
