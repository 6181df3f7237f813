import DocumentModel

// Single changes of a stored record.

extension Displacement {
  /// The way from one point to another; `nil` where it does not fit 32 bits.
  init?(from old: PixelPoint, to new: PixelPoint) {
    let (x, xOverflow) = new.x.subtractingReportingOverflow(old.x)
    let (y, yOverflow) = new.y.subtractingReportingOverflow(old.y)
    guard !xOverflow, !yOverflow else { return nil }
    self.init(x: x, y: y)
  }
}

/// What happened to a mask whose pixels stayed.
struct MaskChange: Equatable {
  var distance: Displacement
  /// Whether it was switched on or off.
  var isSwitched: Bool
}

extension LayerMask {
  /// The change of a mask; `nil` where it is another one.
  static func change(from old: LayerMask?, to new: LayerMask?) -> MaskChange? {
    guard var old, let new else {
      return old == new ? MaskChange(distance: .none, isSwitched: false) : nil
    }
    guard let distance = Displacement(from: old.origin, to: new.origin) else { return nil }
    let change = MaskChange(distance: distance, isSwitched: old.isDisabled != new.isDisabled)
    old.origin = new.origin
    old.isDisabled = new.isDisabled
    return old == new ? change : nil
  }
}

extension [MaskChange] {
  /// Whether the stored masks of a layer, which may be one raster for both, can follow: there is one mask,
  /// or both moved alike.
  func isOneChange(of attributes: LayerAttributes) -> Bool {
    guard attributes.mask != nil, attributes.vectorMask != nil else { return true }
    return self[0] == self[1] && !self[0].isSwitched
  }
}

extension LayerRecord {
  /// Whether the outline of a vector mask is there.
  var hasOutline: Bool { blocks["vmsk"] != nil || blocks["vsms"] != nil }

  /// How far the outline moves: with its raster, else with the layer.
  func outlineDisplacement(
    from old: LayerAttributes, to new: LayerAttributes, layer: Displacement
  ) -> Displacement {
    let masks: (LayerMask?, LayerMask?) =
      if old.vectorMask != nil || new.vectorMask != nil {
        (old.vectorMask, new.vectorMask)
      } else if mask?.userMask != nil {
        (old.mask, new.mask)
      } else {
        (nil, nil)
      }
    guard let before = masks.0, let after = masks.1 else { return layer }
    return Displacement(from: before.origin, to: after.origin) ?? layer
  }

  /// Makes the raster of an outline that is gone the mask itself.
  ///
  /// - Returns: Whether there was such a raster.
  mutating func takeOutlineFromMask() -> Bool {
    guard var data = mask, data.mask.flags & 8 != 0 || data.userMask != nil else { return false }
    var parameters = (try? data.readParameters()) ?? LayerMaskData.Parameters()
    if data.userMask == nil {
      parameters = .init(
        userDensity: parameters.vectorDensity, userFeather: parameters.vectorFeather)
    } else {
      parameters = .init()
    }
    data.mask.flags &= ~8
    data.userMask = nil
    data.setParameters(parameters)
    mask = data
    channels.removeAll { $0.id == -3 }
    return true
  }

  /// Says whether a group is open and how it blends; what else the block holds stays.
  mutating func setDivider(isExpanded: Bool, blendMode: BlendMode) {
    let key: FourCharacterCode = blocks["lsct"] == nil && blocks["lsdk"] != nil ? "lsdk" : "lsct"
    let stored = blocks[key].map(Array.init) ?? []
    blendKey = FourCharacterCode(stringLiteral: blendMode.photoshopKey)
    let made = SectionDivider(isExpanded ? .openGroup : .closedGroup, blendKey: blendKey).block
    let bytes = Array(made.bytes ?? []) + stored.dropFirst(12)
    blocks.replace(AdditionalBlock(key, evenBytes: bytes))
  }
}

extension AdditionalBlocks {
  /// Changes the blocks that a document keeps: those that another list lacks go, those that differ are
  /// replaced, new ones come last.
  mutating func apply(_ new: [PreservedBlock], insteadOf old: [PreservedBlock]) {
    func contents(_ blocks: [PreservedBlock]) -> [String: [[UInt8]]] {
      Dictionary(
        grouping: blocks.filter { $0.format == "psd" && $0.key.utf8.count == 4 }, by: \.key
      )
      .mapValues { $0.map(\.bytes) }
    }
    let (before, after) = (contents(old), contents(new))
    var seen: [String: Int] = [:]
    blocks = blocks.compactMap { block in
      let key = block.key.text
      let number = seen[key, default: 0]
      guard let bytes = block.bytes, let known = before[key], number < known.count else {
        return block
      }
      seen[key] = number + 1
      guard let wanted = after[key], number < wanted.count else { return nil }
      if bytes.elementsEqual(wanted[number]) { return block }
      return AdditionalBlock(block.key, evenBytes: wanted[number])
    }
    for block in new where block.format == "psd" && block.key.utf8.count == 4 {
      let key = block.key
      let count = before[key]?.count ?? 0
      let number = seen[key + "+", default: 0]
      seen[key + "+"] = number + 1
      guard number >= count else { continue }
      blocks.append(AdditionalBlock(FourCharacterCode(stringLiteral: key), evenBytes: block.bytes))
    }
  }
}
