import ByteIO
import CImageCodecs
import DocumentModel
import Raster

/// A file made of a document, with what it does not hold as the document does.
package struct WrittenFile: Sendable {
  /// The file.
  package let file: PhotoshopFile
  /// From the bottom layer up.
  package let warnings: [WritingWarning]
}

extension LayeredDocument {
  /// Makes a PSD or PSB file of 8-bit RGB: layers cropped to what shows, PackBits, a merged picture with
  /// its transparency, a thumbnail, and the profile of sRGB unless the document has its own.
  ///
  /// Vector masks are written as their rasters, text as its pixels. Equal documents give equal files.
  ///
  /// - Parameter version: PSD or PSB; `nil` takes PSB where a side of the canvas or of a layer is longer
  ///   than 30 000 pixels.
  /// - Returns: The file and what it does not hold.
  /// - Throws: ``PhotoshopWritingError``, `SectionTooLong` or `RasterError` where the document does not
  ///   fit the format.
  package func photoshopFile(as version: FileHeader.Version? = nil) throws -> WrittenFile {
    let version = version ?? fittingVersion
    let limit = version.maximumSide
    guard max(canvas.width, canvas.height) <= limit else {
      throw PhotoshopWritingError.canvasTooLarge(canvas, limit: limit)
    }
    let colors = StoredColors()
    var writing = RecordWriting(channels: ChannelWriting(version: version, colors: colors))
    for node in nodes { try writing.append(node) }
    var records = writing.records
    numberLayers(&records, at: records.indices)
    let merged = try MergedPictureWriting(of: self, in: colors)
    let (data, channelCount) = try merged.imageData(hasAlpha: !merged.isOpaque, in: version)
    var layers = LayerAndMaskInformation(layerInformation: nil)
    try layers.setLayers(records, hasMergedTransparency: !merged.isOpaque, in: version)
    layers.blocks.blocks += patterns
    let file = PhotoshopFile(
      header: FileHeader(version: version, size: canvas, channelCount: channelCount),
      imageResources: ImageResources([
        try ResolutionInformation(resolution).resource, try merged.thumbnail.resource(),
        ImageResource(.colorProfile, data: try (profile ?? sRGBProfile())[...]),
        VersionInformation.newResource,
      ]), layerAndMaskInformation: layers, imageData: data)
    return WrittenFile(file: file, warnings: writing.warnings + effectsNotDrawn)
  }

  /// Writes a PSD or PSB file, see ``photoshopFile(as:)``.
  ///
  /// - Parameters:
  ///   - version: PSD or PSB; `nil` chooses by size.
  ///   - sink: Takes the bytes of the file one part after another.
  /// - Returns: What the file does not hold.
  /// - Throws: What ``photoshopFile(as:)`` or the sink throws.
  @discardableResult
  package func writePhotoshop(
    as version: FileHeader.Version? = nil, to sink: ([UInt8]) throws -> Void
  ) throws -> [WritingWarning] {
    let written = try photoshopFile(as: version)
    try written.file.write(to: sink)
    return written.warnings
  }

  private var fittingVersion: FileHeader.Version {
    let sides = [canvas] + layers.compactMap { $0.pixels?.size }
    let longest = sides.map { max($0.width, $0.height) }.max() ?? 0
    return longest > FileHeader.Version.psd.maximumSide ? .psb : .psd
  }

  /// The patterns that effects of kept blocks name.
  private var patterns: [AdditionalBlock] {
    let keys: Set = ["Patt", "Pat2", "Pat3"]
    return preserved.compactMap { block in
      guard block.format == "psd", keys.contains(block.key) else { return nil }
      let padding = [UInt8](repeating: 0, count: (4 - block.bytes.count % 4) % 4)
      return AdditionalBlock(
        FourCharacterCode(stringLiteral: block.key), bytes: (block.bytes + padding)[...])
    }
  }

  /// What a merged picture made here lacks.
  var effectsNotDrawn: [WritingWarning] {
    entries.flatMap { entry in
      entry.node.attributes.features.filter { !$0.isRendered && $0.kind != .other }.map { feature in
        WritingWarning(
          layer: entry.node.attributes.name, reason: .notInMergedPicture(feature.name))
      }
    }
  }
}

extension LayerAndMaskInformation {
  /// Puts layers in the place where the file has them, or of a file that has none yet.
  ///
  /// A negative count of layers says that the merged picture is transparent; where there are none, the
  /// block "Mtrn" does.
  ///
  /// - Throws: `SectionTooLong` for too many layers.
  mutating func setLayers(
    _ records: [LayerRecord], hasMergedTransparency: Bool, in version: FileHeader.Version
  ) throws(SectionTooLong) {
    var information = LayerInformation(records, hasMergedTransparency: hasMergedTransparency)
    var head = ByteWriter()
    try information.writeRecords(to: &head, version: version)
    let byteCount = records.reduce(head.bytes.count) { sum, record in
      record.channels.reduce(sum) { $0 + $1.byteCount }
    }
    information.padding = ArraySlice(repeating: 0, count: (4 - byteCount % 4) % 4)
    let isInBlock = layerInformation?.layers.isEmpty ?? true
    let block = blocks.blocks.firstIndex { block in
      if case .layers = block.content { true } else { false }
    }
    if isInBlock, let block {
      blocks.blocks[block].content = .layers(information)
      blocks.blocks[block].padding = []
    } else {
      layerInformation = records.isEmpty ? nil : information
    }
    isEmpty = false
    if globalMask == nil { globalMask = [] }
    if records.isEmpty, hasMergedTransparency, !self.hasMergedTransparency {
      blocks.blocks.append(AdditionalBlock("Mtrn", bytes: []))
    }
  }
}

extension ResolutionInformation {
  /// - Throws: ``PhotoshopWritingError/resolutionOutOfRange(_:)``.
  init(_ resolution: Resolution) throws(PhotoshopWritingError) {
    func stored(_ value: Double) throws(PhotoshopWritingError) -> UInt32 {
      guard let stored = UInt32(exactly: (value * 65536).rounded()) else {
        throw .resolutionOutOfRange(value)
      }
      return max(1, stored)
    }
    self.init(
      horizontal: try stored(resolution.horizontal), vertical: try stored(resolution.vertical))
  }
}

extension VersionInformation {
  /// That of a new file: version 1, a real merged picture, the names of writer and reader, file version 1.
  static var newResource: ImageResource {
    var writer = ByteWriter()
    writer.write(1 as UInt32)
    writer.write([1])
    writer.writeUnicodeString("layered")
    writer.writeUnicodeString("layered")
    writer.write(1 as UInt32)
    return ImageResource(.versionInformation, data: writer.bytes[...])
  }
}

/// The ICC profile of sRGB.
///
/// - Throws: ``PhotoshopWritingError/outOfMemory``.
private func sRGBProfile() throws(PhotoshopWritingError) -> [UInt8] {
  var count = 0
  guard let first = ci_srgb_profile(&count) else { throw .outOfMemory }
  defer { ci_bytes_free(first) }
  return [UInt8](UnsafeBufferPointer(start: first, count: count))
}
