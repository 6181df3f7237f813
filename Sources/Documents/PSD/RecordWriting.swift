import DocumentModel
import Raster

/// Makes layer records of the nodes of a document, from the bottom up.
struct RecordWriting {
  let channels: ChannelWriting
  private(set) var records: [LayerRecord] = []
  var warnings: [WritingWarning] = []

  init(channels: ChannelWriting) {
    self.channels = channels
  }

  /// Appends the records of a node; those of a group lie between its end and its beginning.
  ///
  /// Recursion is bounded by the height of groups.
  mutating func append(_ node: LayerNode) throws {
    switch node {
    case .layer(let layer): records.append(try record(of: layer))
    case .group(let group):
      records.append(.groupEnd(channels: channels.emptyChannels))
      for child in group.children { try append(child) }
      records.append(try record(of: group))
    }
  }

  /// The record of a layer that no file holds yet.
  mutating func record(of layer: Layer) throws -> LayerRecord {
    let attributes = layer.attributes
    let area =
      if let pixels = layer.pixels {
        try channels.channels(of: pixels, at: layer.origin, layer: attributes.name)
      } else {
        (
          rectangle: try channels.rectangle(
            at: layer.origin, size: PixelSize(width: 0, height: 0), layer: attributes.name),
          channels: channels.emptyChannels
        )
      }
    var record = LayerRecord(rectangle: area.rectangle, channels: area.channels)
    try describe(&record, by: attributes, blendMode: attributes.blendMode.ofLayer)
    record.blocks.blocks += kept(
      attributes.preserved, of: attributes.name, hasPixels: layer.pixels != nil,
      isText: layer.text != nil)
    return record
  }

  /// The record at the beginning of a group that no file holds yet.
  mutating func record(of group: LayerGroup) throws -> LayerRecord {
    var record = LayerRecord(rectangle: .empty, channels: channels.emptyChannels)
    let mode = group.attributes.blendMode
    try describe(&record, by: group.attributes, blendMode: mode)
    record.flags |= 16
    record.blocks.blocks.append(
      SectionDivider(
        group.isExpanded ? .openGroup : .closedGroup,
        blendKey: FourCharacterCode(stringLiteral: mode.photoshopKey)
      ).block)
    record.blocks.blocks += kept(
      group.attributes.preserved, of: group.attributes.name, hasPixels: false, isText: false)
    return record
  }

  private mutating func describe(
    _ record: inout LayerRecord, by attributes: LayerAttributes, blendMode: BlendMode
  ) throws {
    record.rename(to: attributes.name)
    record.setHidden(!attributes.isVisible)
    record.opacity = attributes.opacity.byte
    record.isClipped = attributes.isClipped
    record.blendKey = FourCharacterCode(stringLiteral: blendMode.photoshopKey)
    if attributes.fillOpacity.byte < 255 { record.setFillOpacity(attributes.fillOpacity.byte) }
    for reason in try record.setMasks(of: attributes, by: channels) {
      warnings.append(WritingWarning(layer: attributes.name, reason: reason))
    }
  }

  /// The blocks of a PSD that hold for a layer made anew: those that speak of no pixels, no place and no
  /// outline.
  private mutating func kept(
    _ preserved: [PreservedBlock], of name: String, hasPixels: Bool, isText: Bool
  ) -> [AdditionalBlock] {
    var lost: [String] = isText ? ["text"] : []
    var blocks: [AdditionalBlock] = []
    for block in preserved where block.format == "psd" && block.key.utf8.count == 4 {
      let key = FourCharacterCode(stringLiteral: block.key)
      if placelessBlocks.contains(key) || (!hasPixels && sourcesWithoutPixels.contains(key)) {
        blocks.append(AdditionalBlock(key, evenBytes: block.bytes))
      } else if let what = sourceOfPixels[key] {
        if hasPixels { lost.append(what) }
      } else if sourcesWithoutPixels.contains(key) {
        warnings.append(WritingWarning(layer: name, reason: .blockLeftOut(block.key)))
      }
    }
    for (index, what) in lost.enumerated() where lost.firstIndex(of: what) == index {
      warnings.append(WritingWarning(layer: name, reason: .becamePixels(what)))
    }
    return blocks
  }
}

/// Effects, switches of advanced blending and notes for editors: what holds wherever the layer lies.
private let placelessBlocks: Set<FourCharacterCode> = [
  "lfx2", "lfxs", "lmfx", "lrFX", "clbl", "infx", "knko", "lmgm", "vmgm", "tsly", "lspf", "lclr",
  "shmd",
]

/// Adjustments and fills of layers that have no pixels of their own.
private let sourcesWithoutPixels: Set<FourCharacterCode> = [
  "levl", "curv", "expA", "vibA", "hue ", "hue2", "blnc", "blwh", "phfl", "mixr", "clrL", "nvrt",
  "post", "thrs", "grdm", "selc", "brit", "CgEd", "SoCo", "GdFl", "PtFl",
]

/// What Photoshop draws pixels from; drawn pixels are written without it.
let sourceOfPixels: [FourCharacterCode: String] = [
  "TySh": "text", "tySh": "text", "SoLd": "smart object", "SoLE": "smart object",
  "PlLd": "smart object", "plLd": "smart object", "SoCo": "fill", "GdFl": "fill", "PtFl": "fill",
  "vscg": "shape", "vstk": "shape", "vogk": "shape",
]

extension BlendMode {
  /// What a layer's record may have: there is no pass-through without members.
  var ofLayer: BlendMode { self == .passThrough ? .normal : self }
}

extension ChannelRectangle {
  /// No pixels, in the canvas's corner.
  static let empty = ChannelRectangle(zeroAt: 0)

  private init(zeroAt edge: Int32) {
    top = edge
    left = edge
    bottom = edge
    right = edge
  }
}

extension AdditionalBlock {
  /// A block whose bytes are made even inside of its length, as every reader expects.
  init(_ key: FourCharacterCode, evenBytes bytes: [UInt8]) {
    self.init(key, bytes: (bytes.count % 2 == 0 ? bytes : bytes + [0])[...])
  }
}

extension LayerRecord {
  /// The record that ends a group.
  static func groupEnd(channels: [LayerChannel]) -> LayerRecord {
    var record = LayerRecord(rectangle: .empty, channels: channels)
    record.rename(to: "</Layer group>")
    record.flags |= 16
    record.blocks.blocks.append(SectionDivider(.groupEnd).block)
    return record
  }

  /// Hides the layer or shows it.
  mutating func setHidden(_ isHidden: Bool) {
    flags = isHidden ? flags | 2 : flags & ~2
  }

  /// Sets how much of the layer's own pixels shows.
  mutating func setFillOpacity(_ opacity: UInt8) {
    blocks.replace(AdditionalBlock("iOpa", bytes: [opacity, 0, 0, 0]))
  }
}

extension AdditionalBlocks {
  /// Puts a block in the place of the first one with its key, or at the end.
  mutating func replace(_ block: AdditionalBlock) {
    if let index = blocks.firstIndex(where: { $0.key == block.key }) {
      blocks[index].content = block.content
      blocks[index].padding = block.padding
    } else {
      blocks.append(block)
    }
  }
}

/// Gives records numbers that no other has, the block "lyid"; the ends of groups need none.
func numberLayers(_ records: inout [LayerRecord], at indices: some Collection<Int>) {
  let fresh = Set(indices)
  var used: Set<UInt32> = []
  for (index, record) in records.enumerated() where !fresh.contains(index) {
    if let number = record.number { used.insert(number) }
  }
  var next: UInt32 = 1
  for index in indices where records[index].number != nil || !records[index].isGroupEnd {
    while !used.insert(next).inserted { next += 1 }
    records[index].setNumber(next)
  }
}

extension LayerRecord {
  fileprivate var number: UInt32? {
    guard let bytes = blocks["lyid"], bytes.count >= 4 else { return nil }
    return bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  fileprivate mutating func setNumber(_ number: UInt32) {
    let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    blocks.replace(AdditionalBlock("lyid", bytes: bytes[...]))
  }

  var isGroupEnd: Bool { (try? blocks.sectionDivider())?.kind == .groupEnd }
}
