import DocumentModel

// What a PSD file says about how pixels were drawn. It would draw the old pixels at the old place, so it
// goes when these change, and the layer is one of plain pixels from then on.
//
// Source: Adobe Photoshop File Formats Specification, "Additional Layer Information".

/// Text, placed and linked pictures, outlines: they hold places on the canvas.
private let placedKeys: Set<String> = [
  "TySh", "tySh", "PlLd", "plLd", "SoLd", "SoLE", "vmsk", "vsms", "vogk", "vstk", "vscg",
]

/// Fills: they hold no place.
private let fillKeys: Set<String> = ["SoCo", "GdFl", "PtFl"]

extension LayerNode {
  /// The node without what would draw its former pixels, after it was moved or, with `nil`, redrawn.
  ///
  /// Text that was moved stays text. A layer without pixels is all instructions, and keeps them.
  func withoutInstructions(moved movement: Movement?) -> LayerNode {
    var node = self
    if case .layer(let layer) = self, layer.pixels == nil { return self }
    node.attributes.preserved = attributes.preserved.compactMap { block in
      guard block.format == "psd" else { return block }
      if let movement {
        if block.key == "TySh" { return block.movingText(by: movement) }
        return placedKeys.contains(block.key) ? nil : block
      }
      return placedKeys.contains(block.key) || fillKeys.contains(block.key) ? nil : block
    }
    node.attributes.features.removeAll { feature in
      switch feature.kind {
      case .smartObject, .shape: true
      case .text, .fill: movement == nil
      default: false
      }
    }
    guard case .layer(var layer) = node, movement == nil else { return node }
    layer.text = nil
    return .layer(layer)
  }
}

extension PreservedBlock {
  /// The block "TySh" for text at another place; `nil` where it is not understood.
  ///
  /// Its version, 1, is followed by six doubles: the matrix and then the place, column and row.
  fileprivate func movingText(by movement: Movement) -> PreservedBlock? {
    guard bytes.count >= 50, bytes[0] == 0, bytes[1] == 1 else { return nil }
    var block = self
    for (offset, distance) in [(34, movement.dx), (42, movement.dy)] {
      let place = Double(
        bitPattern: bytes[offset..<offset + 8].reduce(0) { $0 << 8 | UInt64($1) })
      guard place.isFinite else { return nil }
      let bits = (place + Double(distance)).bitPattern
      for byte in 0..<8 {
        block.bytes[offset + byte] = UInt8(truncatingIfNeeded: bits >> UInt64(56 - byte * 8))
      }
    }
    return block
  }
}
