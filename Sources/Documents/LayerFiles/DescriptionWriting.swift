import DocumentModel
import FoundationEssentials
import Raster

extension LayersDescription {
  /// The bytes of `layers.json`, keys sorted; equal descriptions give equal bytes.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [0x0A]
  }
}

extension LayersDescription: Encodable {
  private enum CodingKeys: CodingKey {
    case canvas, layers, tree, resolution, source, model, seed, steps, prompt, recomposition
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(["width": canvas.width, "height": canvas.height], forKey: .canvas)
    try values.encode(layers, forKey: .layers)
    try values.encodeIfPresent(tree, forKey: .tree)
    if resolution != .screen {
      try values.encode(
        ["horizontal": resolution.horizontal, "vertical": resolution.vertical],
        forKey: .resolution)
    }
    guard let run else { return }
    try values.encode(run.source, forKey: .source)
    try values.encode(run.model, forKey: .model)
    try values.encode(run.seed, forKey: .seed)
    try values.encode(run.steps, forKey: .steps)
    try values.encode(run.prompt, forKey: .prompt)
    try values.encodeIfPresent(run.recomposition, forKey: .recomposition)
  }
}

extension LayersDescription.Layer: Encodable {
  private enum CodingKeys: CodingKey {
    case index, file, boundingBox, origin, hasPixels, text
  }

  func encode(to encoder: any Encoder) throws {
    try attributes.encode(to: encoder)
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(index, forKey: .index)
    try values.encode(file, forKey: .file)
    try values.encode(
      [
        "x": boundingBox.x, "y": boundingBox.y, "width": boundingBox.width,
        "height": boundingBox.height,
      ], forKey: .boundingBox)
    if origin != .zero { try values.encode(origin.coordinates, forKey: .origin) }
    if !hasPixels { try values.encode(false, forKey: .hasPixels) }
    try values.encodeIfPresent(text.map(TextValue.init), forKey: .text)
  }
}

extension LayersDescription.Attributes: Encodable {
  private enum CodingKeys: CodingKey {
    case name, opacity, blendMode, visible, fillOpacity, clipped, mask, vectorMask, features
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(opacity, forKey: .opacity)
    try values.encode(blendMode.rawValue, forKey: .blendMode)
    try values.encode(isVisible, forKey: .visible)
    if fillOpacity != 1 { try values.encode(fillOpacity, forKey: .fillOpacity) }
    if isClipped { try values.encode(true, forKey: .clipped) }
    try values.encodeIfPresent(mask, forKey: .mask)
    try values.encodeIfPresent(vectorMask, forKey: .vectorMask)
    if !features.isEmpty { try values.encode(features.map(FeatureValue.init), forKey: .features) }
  }
}

extension LayersDescription.Mask: Encodable {
  private enum CodingKeys: CodingKey {
    case file, origin, defaultValue, disabled, linked, density, featherRadius
  }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encodeIfPresent(file, forKey: .file)
    try values.encode(origin.coordinates, forKey: .origin)
    try values.encode(defaultValue, forKey: .defaultValue)
    try values.encode(isDisabled, forKey: .disabled)
    try values.encode(isLinked, forKey: .linked)
    try values.encode(density, forKey: .density)
    try values.encode(featherRadius, forKey: .featherRadius)
  }
}

extension LayersDescription.Member: Encodable {
  private enum CodingKeys: CodingKey { case expanded, members }

  /// A layer is its index, a group an object; recursion is bounded by the height of groups.
  func encode(to encoder: any Encoder) throws {
    switch self {
    case .layer(let index):
      var value = encoder.singleValueContainer()
      try value.encode(index)
    case .group(let group):
      try group.attributes.encode(to: encoder)
      var values = encoder.container(keyedBy: CodingKeys.self)
      if !group.isExpanded { try values.encode(false, forKey: .expanded) }
      try values.encode(group.members, forKey: .members)
    }
  }
}

extension DecompositionRun.Figures: Encodable {
  private enum CodingKeys: CodingKey { case psnr, maximumError }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    // Written out as null: readers rely on the key.
    try values.encode(psnr, forKey: .psnr)
    try values.encode(maximumError, forKey: .maximumError)
  }
}

private struct FeatureValue: Encodable {
  let kind: String
  let name: String
  let rendered: Bool

  init(_ feature: LayerFeature) {
    kind = feature.kind.rawValue
    name = feature.name
    rendered = feature.isRendered
  }
}

private struct TextValue: Encodable {
  let string: String
  let fontName: String?
  let fontSize: Double?
  let color: [UInt8]?

  init(_ text: TextContent) {
    string = text.string
    fontName = text.fontName
    fontSize = text.fontSize.flatMap { $0.isFinite ? $0 : nil }
    color = text.color.map { [$0.red, $0.green, $0.blue, $0.alpha] }
  }
}

extension PixelPoint {
  fileprivate var coordinates: [String: Int32] { ["x": x, "y": y] }
}
