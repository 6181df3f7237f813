import DocumentModel

// What a PSD file says about how pixels were drawn. It would draw the old pixels at the old place, so it
// goes when these change, and the layer is one of plain pixels from then on. What is only moved keeps it:
// writing PSD moves it along.
//
// Source: Adobe Photoshop File Formats Specification, "Additional Layer Information".

/// Text, placed and linked pictures, outlines, fills.
private let instructionKeys: Set<String> = [
  "TySh", "tySh", "PlLd", "plLd", "SoLd", "SoLE", "vmsk", "vsms", "vogk", "vstk", "vscg",
  "SoCo", "GdFl", "PtFl",
]

extension LayerNode {
  /// The node without what would draw its former pixels.
  ///
  /// A layer without pixels is all instructions, and keeps them.
  var withoutInstructions: LayerNode {
    var node = self
    if case .layer(let layer) = self, layer.pixels == nil { return self }
    node.attributes.preserved.removeAll { $0.format == "psd" && instructionKeys.contains($0.key) }
    let kinds: Set<LayerFeature.Kind> = [.text, .smartObject, .shape, .fill]
    node.attributes.features.removeAll { kinds.contains($0.kind) }
    guard case .layer(var layer) = node else { return node }
    layer.text = nil
    return .layer(layer)
  }
}
