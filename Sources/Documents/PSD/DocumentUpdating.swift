import ByteIO
import DocumentModel
import Raster

extension PhotoshopFile {
  /// This file with the edits that a document got since it was read from it.
  ///
  /// A layer that differs from the one it was read from keeps all of its record but what was edited;
  /// one that does not keeps every byte, and so do document-level blocks and resources. Without edits the
  /// file stays as it is. Where the look changed, the merged picture and the thumbnail are made anew.
  ///
  /// - Parameters:
  ///   - document: The edited document; `source` of its nodes says which records they come from.
  ///   - original: What ``readDocument(isLenient:)`` made of this file.
  ///   - version: PSD or PSB; `nil` is as before.
  /// - Returns: The file, and what it holds otherwise than the document.
  /// - Throws: ``PhotoshopWritingError``, `SectionTooLong`, `RasterError` or, for the merged picture's
  ///   further channels, ``MalformedData``.
  package func updated(
    to document: LayeredDocument, from original: LayeredDocument,
    as version: FileHeader.Version? = nil
  ) throws -> WrittenFile {
    var file = try converted(to: version ?? header.version)
    guard document != original else { return WrittenFile(file: file, warnings: []) }
    guard max(document.canvas.width, document.canvas.height) <= file.header.version.maximumSide
    else {
      throw PhotoshopWritingError.canvasTooLarge(
        document.canvas, limit: file.header.version.maximumSide)
    }
    if document.resolution != original.resolution {
      file.imageResources.replace(try ResolutionInformation(document.resolution).resource)
    }
    var updating = RecordUpdating(of: file, reading: original)
    for node in document.nodes { try updating.append(node) }
    var records = updating.records
    numberLayers(&records, at: updating.fresh)
    var warnings = updating.warnings
    var isTransparent = layerAndMaskInformation.hasMergedTransparency
    if document.appearance != original.appearance {
      warnings += try file.mergeAnew(document, isTransparent: &isTransparent)
    }
    if records != file.layerAndMaskInformation.layers
      || isTransparent != layerAndMaskInformation.hasMergedTransparency
    {
      try file.layerAndMaskInformation.setLayers(
        records, hasMergedTransparency: isTransparent, in: file.header.version)
    }
    return WrittenFile(file: file, warnings: warnings)
  }

  /// Makes the merged picture and the thumbnail again, or says that there is no merged picture.
  private mutating func mergeAnew(
    _ document: LayeredDocument, isTransparent: inout Bool
  ) throws -> [WritingWarning] {
    let colors = StoredColors(of: self)
    guard colors.takesMergedPicture else {
      let merged = try MergedPictureWriting(of: document, in: StoredColors())
      try replaceThumbnail(by: merged.thumbnail)
      imageResources.setHasMergedPicture(false)
      return [WritingWarning(layer: nil, reason: .staleMergedPicture(header.colorMode))]
    }
    let others =
      document.canvas == header.size ? try furtherChannels(of: colors, isTransparent) : []
    header.size = document.canvas
    let merged = try MergedPictureWriting(of: document, in: colors)
    // A file keeps the transparency that it has, and at most 56 channels.
    let hasRoom = colors.channelCount + others.count < 56
    isTransparent = hasRoom && (isTransparent || !merged.isOpaque)
    let (data, channelCount) = try merged.imageData(
      hasAlpha: isTransparent, others: others, in: header.version)
    imageData = data
    header.channelCount = channelCount
    imageResources.setHasMergedPicture(true)
    try replaceThumbnail(by: merged.thumbnail)
    return document.effectsNotDrawn
  }

  /// The channels behind colours and transparency, such as saved selections.
  private func furtherChannels(
    of colors: StoredColors, _ isTransparent: Bool
  ) throws(MalformedData) -> [PackedRows] {
    let first = colors.channelCount + (isTransparent ? 1 : 0)
    guard header.channelCount > first else { return [] }
    let layout = ChannelLayout(
      size: header.size, channelCount: header.channelCount, depth: header.depth)
    let stored = try imageData.compression.decode(
      imageData.data, as: layout, in: header.version, field: "merged picture")
    return (first..<header.channelCount).map { channel in
      var rows = PackedRows()
      stored.withUnsafeBufferPointer { bytes in
        for row in channel * header.size.height..<(channel + 1) * header.size.height {
          let start = row * layout.rowByteCount
          rows.append(UnsafeBufferPointer(rebasing: bytes[start..<start + layout.rowByteCount]))
        }
      }
      return rows
    }
  }

  private mutating func replaceThumbnail(by thumbnail: Thumbnail) throws {
    // 1033 is the thumbnail of Photoshop 4, which is none of this picture any more.
    imageResources.resources.removeAll { $0.id.rawValue == 1033 }
    guard imageResources[.thumbnail] != nil else { return }
    imageResources.replace(try thumbnail.resource())
  }
}

extension ImageResources {
  /// Puts a resource in the place of the first one with its number, or at the end.
  fileprivate mutating func replace(_ resource: ImageResource) {
    if let index = resources.firstIndex(where: { $0.id == resource.id }) {
      resources[index] = resource
    } else {
      resources.append(resource)
    }
  }

  /// Says whether the merged picture is the picture, where the file does not say so already.
  fileprivate mutating func setHasMergedPicture(_ isThere: Bool) {
    let index = resources.firstIndex { $0.id == .versionInformation }
    if let index, resources[index].data.count >= 5 {
      resources[index].data[resources[index].data.startIndex + 4] = isThere ? 1 : 0
    } else if !isThere {
      var resource = VersionInformation.newResource
      resource.data[resource.data.startIndex + 4] = 0
      replace(resource)
    }
  }
}

extension LayeredDocument {
  /// What the merged picture depends on.
  fileprivate var appearance: [LayerNode] { [canvasNode] + nodes.map(\.appearance) }

  private var canvasNode: LayerNode {
    .layer(
      Layer(
        attributes: LayerAttributes(name: canvas.description), pixels: nil))
  }
}

extension LayerNode {
  /// The node without what does not show.
  ///
  /// Recursion is bounded by the height of groups.
  fileprivate var appearance: LayerNode {
    var node = self
    switch self {
    case .layer(var layer):
      layer.text = nil
      node = .layer(layer)
    case .group(let group):
      // The members are as many and as deep as before.
      guard var plain = try? group.withChildren(group.children.map(\.appearance)) else {
        return self
      }
      plain.isExpanded = true
      node = .group(plain)
    }
    node.attributes.name = ""
    node.attributes.features = []
    node.attributes.preserved = []
    return node
  }
}
