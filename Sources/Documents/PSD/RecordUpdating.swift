import ByteIO
import DocumentModel
import Raster

/// Makes the records of an edited document out of those of its file: what nobody edited keeps its bytes.
struct RecordUpdating {
  let header: FileHeader
  /// The records of the file.
  let stored: [LayerRecord]
  /// What was read of them.
  let originals: [Int: LayerNode]
  /// The record that ends the group whose beginning is the key.
  private let groupEnds: [Int: Int]
  private var writing: RecordWriting
  private(set) var records: [LayerRecord] = []
  /// The places of records that the file did not have, or had once.
  private(set) var fresh: [Int] = []
  private var used: Set<Int> = []

  var warnings: [WritingWarning] { writing.warnings }

  init(of file: PhotoshopFile, reading original: LayeredDocument) {
    header = file.header
    stored = file.layerAndMaskInformation.layers
    writing = RecordWriting(
      channels: ChannelWriting(version: header.version, colors: StoredColors(of: file)))
    var originals: [Int: LayerNode] = [:]
    for entry in original.entries {
      if let index = entry.node.attributes.source.index { originals[index] = entry.node }
    }
    self.originals = originals
    var ends: [Int] = []
    var groupEnds: [Int: Int] = [:]
    for (index, record) in stored.enumerated() {
      switch (try? record.blocks.sectionDivider())?.kind {
      case .groupEnd: ends.append(index)
      case .openGroup, .closedGroup: groupEnds[index] = ends.popLast()
      case .other, nil: break
      }
    }
    self.groupEnds = groupEnds
  }

  /// Appends the records of a node.
  ///
  /// Recursion is bounded by the height of groups.
  mutating func append(_ node: LayerNode) throws {
    let index = node.attributes.source.index.flatMap { stored.indices.contains($0) ? $0 : nil }
    switch (node, index.flatMap { originals[$0] }) {
    case (.layer(let layer), .layer(let old)?):
      append(try updated(from: old, to: layer, at: index), at: index)
    case (.layer(let layer), _):
      append(try writing.record(of: layer), at: nil)
    case (.group(let group), .group(let old)?):
      let end = index.flatMap { groupEnds[$0] }
      append(end.map { stored[$0] } ?? newGroupEnd, at: end)
      for child in group.children { try append(child) }
      append(try updated(from: old, to: group, at: index), at: index)
    case (.group(let group), _):
      append(newGroupEnd, at: nil)
      for child in group.children { try append(child) }
      append(try writing.record(of: group), at: nil)
    }
  }

  private var newGroupEnd: LayerRecord { .groupEnd(channels: writing.channels.emptyChannels) }

  private mutating func append(_ record: LayerRecord, at index: Int?) {
    if index.map({ !used.insert($0).inserted }) ?? true { fresh.append(records.count) }
    records.append(record)
  }

  private mutating func updated(
    from old: LayerGroup, to new: LayerGroup, at index: Int?
  ) throws -> LayerRecord {
    guard let index else { return try writing.record(of: new) }
    var record = stored[index]
    if old.attributes != new.attributes {
      try update(&record, from: old.attributes, to: new.attributes, movedBy: .none)
    }
    if old.attributes.blendMode != new.attributes.blendMode || old.isExpanded != new.isExpanded {
      record.setDivider(
        isExpanded: new.isExpanded, blendMode: new.attributes.blendMode)
    }
    return record
  }

  private mutating func updated(
    from old: Layer, to new: Layer, at index: Int?
  ) throws -> LayerRecord {
    guard let index else { return try writing.record(of: new) }
    var record = stored[index]
    guard old != new else { return record }
    let name = new.attributes.name
    var distance = Displacement.none
    if old.pixels != new.pixels {
      try redraw(&record, as: new)
    } else if old.origin != new.origin {
      guard let moved = Displacement(from: old.origin, to: new.origin),
        let rectangle = record.rectangle.moved(by: moved)
      else { throw outOfRange(record.rectangle, of: name) }
      distance = moved
      record.rectangle = rectangle
    }
    try update(&record, from: old.attributes, to: new.attributes, movedBy: distance)
    if old.text != new.text, old.pixels == new.pixels {
      drop(["TySh", "tySh"], of: &record, layer: name, as: .becamePixels("text"))
    }
    return record
  }

  /// Puts the pixels in the place of the stored ones; what these were drawn from goes.
  private mutating func redraw(_ record: inout LayerRecord, as layer: Layer) throws {
    let name = layer.attributes.name
    let masks = record.channels.filter { $0.id < -1 }
    if let pixels = layer.pixels {
      let made = try writing.channels.channels(of: pixels, at: layer.origin, layer: name)
      record.rectangle = made.rectangle
      record.channels = made.channels + masks
      for what in ["text", "smart object", "fill", "shape"] {
        let keys = sourceOfPixels.filter { $0.value == what }.keys
        drop(Set(keys), of: &record, layer: name, as: .becamePixels(what))
      }
    } else {
      record.rectangle = .empty
      record.channels = writing.channels.emptyChannels + masks
    }
  }

  private mutating func update(
    _ record: inout LayerRecord, from old: LayerAttributes, to new: LayerAttributes,
    movedBy distance: Displacement
  ) throws {
    if old.name != new.name { record.rename(to: new.name) }
    if old.isVisible != new.isVisible { record.setHidden(!new.isVisible) }
    if old.opacity != new.opacity { record.opacity = new.opacity.byte }
    if old.fillOpacity != new.fillOpacity { record.setFillOpacity(new.fillOpacity.byte) }
    if old.isClipped != new.isClipped { record.isClipped = new.isClipped }
    if old.blendMode != new.blendMode {
      record.blendKey = FourCharacterCode(stringLiteral: new.blendMode.ofLayer.photoshopKey)
    }
    let hadOutline = record.hasOutline
    let before = record.blocks
    if old.preserved != new.preserved {
      record.blocks.apply(new.preserved, insteadOf: old.preserved)
    }
    let outline = record.outlineDisplacement(from: old, to: new, layer: distance)
    moveBlocks(of: &record, before: before, by: distance, outline: outline, layer: new.name)
    try updateMasks(of: &record, from: old, to: new, movedBy: distance)
    if hadOutline, !record.hasOutline, record.takeOutlineFromMask() {
      writing.warnings.append(WritingWarning(layer: new.name, reason: .outlineBecameMask))
    }
  }

  /// Moves the blocks that the edit itself left alone.
  private mutating func moveBlocks(
    of record: inout LayerRecord, before: AdditionalBlocks, by distance: Displacement,
    outline: Displacement, layer: String
  ) {
    guard distance != .none || outline != .none else { return }
    record.blocks.blocks = record.blocks.blocks.compactMap { block in
      guard before.blocks.contains(block) else { return block }
      let moved = block.moved(by: distance, outlineBy: outline, canvas: header.size)
      if moved == nil {
        writing.warnings.append(
          WritingWarning(layer: layer, reason: .blockLeftOut(block.key.text)))
      }
      return moved
    }
  }

  private mutating func updateMasks(
    of record: inout LayerRecord, from old: LayerAttributes, to new: LayerAttributes,
    movedBy distance: Displacement
  ) throws {
    // A fill's vector mask, at which its pixels end already, is none of the document's.
    if old.mask == nil, new.mask == nil, old.vectorMask == nil, new.vectorMask == nil,
      let data = record.mask, data.mask.flags & 8 != 0
    {
      guard let rectangle = data.mask.rectangle.moved(by: distance) else {
        throw outOfRange(data.mask.rectangle, of: new.name)
      }
      record.mask?.mask.rectangle = rectangle
    }
    guard old.mask != new.mask || old.vectorMask != new.vectorMask else { return }
    let user = LayerMask.change(from: old.mask, to: new.mask)
    let vector = LayerMask.change(from: old.vectorMask, to: new.vectorMask)
    if let user, let vector, var data = record.mask, [user, vector].isOneChange(of: old) {
      let change = old.mask == nil ? vector : user
      guard let rectangle = data.mask.rectangle.moved(by: change.distance) else {
        throw outOfRange(data.mask.rectangle, of: new.name)
      }
      data.mask.rectangle = rectangle
      if change.isSwitched { data.mask.flags ^= 2 }
      if let own = data.userMask {
        guard let rectangle = own.rectangle.moved(by: change.distance) else {
          throw outOfRange(own.rectangle, of: new.name)
        }
        data.userMask?.rectangle = rectangle
        if change.isSwitched { data.userMask?.flags ^= 2 }
      }
      record.mask = data
      return
    }
    let hadVectorMask = old.vectorMask != nil || record.mask?.userMask != nil
    for reason in try record.setMasks(of: new, by: writing.channels) {
      writing.warnings.append(WritingWarning(layer: new.name, reason: reason))
    }
    guard hadVectorMask else { return }
    for key in ["vmsk", "vsms", "vogk"] as [FourCharacterCode] {
      drop([key], of: &record, layer: new.name, as: .blockLeftOut(key.text))
    }
  }

  private mutating func drop(
    _ keys: Set<FourCharacterCode>, of record: inout LayerRecord, layer: String,
    as reason: WritingWarning.Reason
  ) {
    let count = record.blocks.blocks.count
    record.blocks.blocks.removeAll { keys.contains($0.key) }
    guard record.blocks.blocks.count < count else { return }
    writing.warnings.append(WritingWarning(layer: layer, reason: reason))
  }

  private func outOfRange(_ rectangle: ChannelRectangle, of layer: String) -> PhotoshopWritingError
  {
    .rectangleOutOfRange(layer: layer, rectangle.area, limit: header.version.maximumSide)
  }
}
