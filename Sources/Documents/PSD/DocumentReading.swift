import ByteIO
import Dispatch
import DocumentModel
import Raster

/// A document with what was repaired or left out while it was read.
package struct ReadDocument: Hashable, Sendable {
  /// The layers as a tree.
  package let document: LayeredDocument
  /// In the order in which the file has the faults.
  package let warnings: [ReadingWarning]
}

extension PhotoshopFile {
  /// The file's layers as a tree; a file without layers becomes one layer with its merged picture.
  ///
  /// RGB and grey keep their numbers, with the file's profile; other colours become sRGB. Unbalanced groups are
  /// repaired and unknown blend modes are normal, with a warning.
  ///
  /// - Parameter isLenient: Whether a layer with broken pixels or masks loses them, with a warning,
  ///   instead of
  ///   failing the document.
  /// - Returns: The document and the warnings.
  /// - Throws: ``MalformedData`` naming layer, field and offset, or `DocumentError` beyond the
  ///   limits of documents.
  package func readDocument(isLenient: Bool = false) throws -> ReadDocument {
    try readDocument(isLenient: isLenient, inks: .converted)
  }

  /// ``readDocument(isLenient:)`` with pixels of CMYK as sRGB or as some of their inks.
  func readDocument(isLenient: Bool, inks: ColorConversion.Inks) throws -> ReadDocument {
    var tree = LayerTree()
    if let fault { tree.warnings.append(ReadingWarning(layer: nil, reason: .broken(fault))) }
    let layers = layerAndMaskInformation.layers
    try checkDecodedSize(of: layers)
    let decoded = decodedPixels(of: layers, inks: inks)
    for (index, layer) in layers.enumerated() {
      switch try layer.blocks.sectionDivider() {
      case .some(let divider) where divider.kind == .groupEnd: try tree.openGroup()
      case .some(let divider) where divider.kind != .other:
        var attributes = attributes(
          of: layer, index: index, blendKey: divider.blendKey, warnings: &tree.warnings)
        try readMasks(
          of: layer, index: index, isLenient: isLenient, content: Content(), into: &attributes,
          warnings: &tree.warnings)
        try tree.closeGroup(
          index: index, attributes: attributes, isExpanded: divider.kind == .openGroup)
      default:
        tree.append(
          .layer(
            try readLayer(
              layer, index: index, decoded: decoded[index], isLenient: isLenient, tree: &tree)))
      }
    }
    var nodes = tree.finish()
    if layers.isEmpty {
      do throws(MalformedData) {
        let picture = try mergedPicture()
        nodes = [.layer(Layer(attributes: LayerAttributes(name: "Background"), pixels: picture))]
      } catch {
        guard isLenient else { throw error }
        tree.warnings.append(ReadingWarning(layer: nil, reason: .broken(error)))
      }
    }
    let document = try LayeredDocument(
      canvas: header.size, resolution: resolution, profile: documentProfile?.bytes, nodes: nodes,
      preserved: preserved(layerAndMaskInformation.blocks))
    return ReadDocument(document: document, warnings: tree.warnings)
  }

  /// Pixels per inch; those of a screen where the file has none that make sense.
  private var resolution: Resolution {
    guard let resource = imageResources[.resolution],
      let stored = try? ResolutionInformation(reading: resource)
    else { return .screen }
    let made = try? Resolution(
      horizontal: Double(stored.horizontal) / 65536, vertical: Double(stored.vertical) / 65536)
    return made ?? .screen
  }

  /// Refuses a file whose layers and masks would take more than the limit when decoded.
  private func checkDecodedSize(of layers: [LayerRecord]) throws(MalformedData) {
    var byteCount = 0
    for (index, layer) in layers.enumerated() where !layer.channels.isEmpty {
      // At most 8192 layers of 300 000 x 300 000: the sum fits.
      byteCount += 4 * (layer.rectangle.size.pixelCount ?? 0)
      byteCount += layer.mask?.mask.rectangle.size.pixelCount ?? 0
      guard byteCount <= ChannelLayout.maximumByteCount else {
        throw MalformedData(
          .overLimit(found: Int64(byteCount), limit: Int64(ChannelLayout.maximumByteCount)),
          in: "decoded size of layers 0...\(index)", at: 26)
      }
    }
  }

  /// The pixels of a layer with the faults that were repaired, or what makes them too large.
  private typealias DecodedPixels = Result<
    (pixels: RasterImage?, faults: [MalformedData]), MalformedData
  >

  /// The pixels of all layers, decoded on all cores.
  private func decodedPixels(
    of layers: [LayerRecord], inks: ColorConversion.Inks
  ) -> [DecodedPixels] {
    [DecodedPixels](unsafeUninitializedCapacity: layers.count) { results, count in
      // Every thread writes places of its own.
      nonisolated(unsafe) let results = results
      DispatchQueue.concurrentPerform(iterations: layers.count) { index in
        results.initializeElement(
          at: index,
          to: DecodedPixels { () throws(MalformedData) in
            try repairedPixels(of: layers[index], inks: inks)
          })
      }
      count = layers.count
    }
  }

  private func readLayer(
    _ layer: LayerRecord, index: Int, decoded: DecodedPixels, isLenient: Bool,
    tree: inout LayerTree
  ) throws -> Layer {
    var attributes = attributes(of: layer, index: index, blendKey: nil, warnings: &tree.warnings)
    let (pixels, faults) = try decoded.get()
    for fault in faults {
      guard isLenient else { throw fault.within("layer \(index)") }
      tree.warnings.append(ReadingWarning(layer: index, reason: .broken(fault)))
    }
    var content = Content(hasPixels: pixels != nil)
    if pixels == nil {
      content.adjustment = layer.adjustment(in: header)
      content.fill = layer.fill(in: header)
    }
    try readMasks(
      of: layer, index: index, isLenient: isLenient, content: content, into: &attributes,
      warnings: &tree.warnings)
    return Layer(
      attributes: attributes, pixels: pixels,
      origin: PixelPoint(x: layer.rectangle.left, y: layer.rectangle.top), text: layer.text,
      adjustment: content.adjustment, fill: content.fill)
  }

  private func attributes(
    of layer: LayerRecord, index: Int, blendKey: FourCharacterCode?,
    warnings: inout [ReadingWarning]
  ) -> LayerAttributes {
    let key = blendKey ?? layer.blendKey
    let mode = BlendMode(photoshopKey: key.text)
    if mode == nil {
      warnings.append(ReadingWarning(layer: index, reason: .unknownBlendMode(key)))
    }
    return LayerAttributes(
      name: layer.name, isVisible: !layer.isHidden, opacity: Opacity(byte: layer.opacity),
      fillOpacity: Opacity(byte: layer.blocks.fillOpacity), blendMode: mode ?? .normal,
      isClipped: layer.isClipped, preserved: preserved(layer.blocks),
      source: SourceReference(index: index))
  }

  /// What a layer shows, or does to what is below.
  private struct Content {
    var hasPixels = false
    var adjustment: Adjustment?
    var fill: Fill?
  }

  /// Adds the masks, and the features, which depend on what pixels and masks the file has.
  private func readMasks(
    of layer: LayerRecord, index: Int, isLenient: Bool, content: Content,
    into attributes: inout LayerAttributes, warnings: inout [ReadingWarning]
  ) throws {
    do {
      let masks = try LayerMasks(of: layer, in: self)
      attributes.mask = masks.mask
      // The stored pixels of a fill end at its vector mask already.
      attributes.vectorMask = layer.isFill && content.hasPixels ? nil : masks.vectorMask
      attributes.features = masks.features
    } catch let error as MalformedData {
      guard isLenient else { throw error.within("layer \(index)") }
      warnings.append(ReadingWarning(layer: index, reason: .broken(error)))
    }
    // Soft edges of outlines meet what is below in linear light where samples have 32 bits, which is not how they are drawn.
    let isOutlineExact = content.fill != nil && header.depth != .thirtyTwo
    let isFilled = layer.isFill && (content.hasPixels || isOutlineExact)
    attributes.features += layer.features(
      hasPixels: content.hasPixels || content.fill != nil,
      hasVectorMask: attributes.vectorMask != nil || layer.mask?.userMask != nil || isFilled,
      isAdjustmentDrawn: content.adjustment != nil)
  }
}

/// The blocks that no other part of a document stands for.
private func preserved(_ blocks: AdditionalBlocks) -> [PreservedBlock] {
  let known: Set<FourCharacterCode> = ["luni", "lsct", "lsdk", "iOpa"]
  return blocks.blocks.compactMap { block in
    guard let bytes = block.bytes, !known.contains(block.key) else { return nil }
    return PreservedBlock(format: "psd", key: block.key.text, bytes: Array(bytes))
  }
}
