import ByteIO

/// The fourth section: layers, the global mask, and blocks that concern the whole file.
///
/// Source: Adobe Photoshop File Formats Specification, "Layer and Mask Information Section".
package struct LayerAndMaskInformation: Hashable, Sendable {
  /// The part for layers of 8 bits and less; `nil` where its length is 0.
  package var layerInformation: LayerInformation?
  /// Global layer mask information as stored; `nil` where the section ends before it.
  package var globalMask: ArraySlice<UInt8>?
  /// What concerns the whole file, the layers of 16 and 32 bits among it.
  package var blocks: AdditionalBlocks
  /// Why what follows the layers could not be read; it is kept among ``blocks`` as unread bytes
  /// then.
  package private(set) var fault: MalformedData?
  /// How the section begins; many files without layers have nothing in it.
  var isEmpty: Bool

  package init(layerInformation: LayerInformation?) {
    self.layerInformation = layerInformation
    globalMask = []
    blocks = AdditionalBlocks()
    isEmpty = false
  }

  /// - Throws: ``MalformedData`` naming the field and its offset.
  package init(reading reader: inout ByteReader, header: FileHeader) throws(MalformedData) {
    var section = try reader.readSection("layer and mask information", in: header.version)
    self.init(layerInformation: nil)
    globalMask = nil
    isEmpty = section.isAtEnd
    guard !isEmpty else { return }
    var layers = try section.readSection("layer information", in: header.version)
    if !layers.isAtEnd {
      layerInformation = try LayerInformation(reading: &layers, header: header)
    }
    // Files end here, or within the global mask's length, where the writer has nothing more to say.
    guard section.remainingCount >= 4 else {
      blocks.unread = section.readRemainder()
      return
    }
    var rest = section
    do throws(MalformedData) {
      var mask = try rest.readSection("global layer mask", lengthAs: UInt32.self)
      globalMask = mask.readRemainder()
    } catch {
      // The global mask has no part in the picture; files exist whose layers are sound and whose
      // mask is not.
      fault = error
      blocks.unread = section.readRemainder()
      return
    }
    blocks = try AdditionalBlocks(reading: &rest, header: header)
  }

  /// What can be had of a section that is cut or broken: the layers before that place.
  init(salvaging reader: ByteReader, header: FileHeader) {
    self.init(layerInformation: nil)
    var reader = reader
    // The lengths of the section and of its first part, whatever they say.
    let lengths = header.version == .psd ? 8 : 16
    guard (try? reader.readBytes("lengths", count: lengths)) != nil else { return }
    layerInformation = LayerInformation(salvaging: &reader, header: header)
  }

  /// The layers from the bottom up, wherever the file has them.
  package var layers: [LayerRecord] { effectiveLayerInformation?.layers ?? [] }

  /// The layer information, or that of the first block "Lr16", "Lr32" or "Layr" where the former is
  /// empty.
  package var effectiveLayerInformation: LayerInformation? {
    if let layerInformation, !layerInformation.layers.isEmpty { return layerInformation }
    for block in blocks.blocks {
      if case .layers(let layers) = block.content { return layers }
    }
    return layerInformation
  }

  /// Whether the first channel after the colours of the merged picture is its transparency.
  package var hasMergedTransparency: Bool {
    effectiveLayerInformation?.hasMergedTransparency == true
      || blocks.blocks.contains { ["Mtrn", "Mt16", "Mt32"].contains($0.key) }
  }

  /// Appends the section.
  package func write(
    to writer: inout ByteWriter, version: FileHeader.Version
  ) throws(SectionTooLong) {
    try writer.writeSection("layer and mask information", in: version) {
      section throws(SectionTooLong) in
      guard !isEmpty else { return }
      try section.writeSection("layer information", in: version) {
        layers throws(SectionTooLong) in
        try layerInformation?.write(to: &layers, version: version)
      }
      if let globalMask {
        try section.writeSection("global layer mask", lengthAs: UInt32.self) {
          mask throws(SectionTooLong) in mask.write(globalMask)
        }
      }
      try blocks.write(to: &section, version: version)
    }
  }
}
