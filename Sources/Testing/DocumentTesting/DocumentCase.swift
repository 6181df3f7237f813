import DocumentModel
import Raster

/// What documents may hold, one document for each: every format is tested with all of them.
package enum DocumentCase: String, CaseIterable, Sendable {
  case hostileNames, noLayers, manyLayers, onePixel, groups, emptyGroup, opacity, blendModes, hidden
  case offsetsOutside, layerWithoutPixels, fillOpacity, clipping, mask, maskWithoutPixels
  case maskOfGroup, vectorMask, collapsedGroup, text, features, resolution

  /// Names that a program may stumble over.
  package static let namesOfStrangers = [
    "", "layer", "layer", "🦊👩‍👩‍👧", "שלום עולם", "a\u{202E}gnp.exe", "../x", "../../etc/passwd",
    "/absolute",
    "a/b", "C:\\windows", "CON", "nul.png", "\"><script>alert(1)</script>", "]]>", "&amp; &",
    "'quoted'",
    "line\nbreak", "tab\tand\u{1}control", "\u{1B}[31mred", "a\u{0}b", "e\u{301}", "\u{FFFF}", " ",
    ".", "..",
    String(repeating: "long ", count: 51),
  ]

  /// The document.
  package func document() throws -> LayeredDocument {
    let canvas =
      self == .onePixel ? PixelSize(width: 1, height: 1) : PixelSize(width: 12, height: 10)
    let resolution = try Resolution(
      horizontal: self == .resolution ? 300 : 72, vertical: self == .resolution ? 300 : 72)
    return try LayeredDocument(canvas: canvas, resolution: resolution, nodes: try nodes())
  }

  private func nodes() throws -> [LayerNode] {
    switch self {
    case .noLayers: []
    case .hostileNames:
      try Self.namesOfStrangers.enumerated().map { try layer($1, seed: $0) }
    case .manyLayers: try (0..<200).map { try layer("Layer \($0)", seed: $0) }
    case .onePixel: [try layer("dot", width: 1, height: 1)]
    case .groups, .collapsedGroup: try nestedGroups()
    case .emptyGroup:
      [try layer("below"), try group("empty", of: []), try layer("above", seed: 1)]
    case .resolution: [try layer("a")]
    case .offsetsOutside:
      try [(-3, -2), (9, 8), (100, 100), (-500, 4), (0, -30_000)].enumerated().map {
        try layer("\($1)", seed: $0, at: PixelPoint(x: $1.0, y: $1.1))
      }
    case .opacity, .blendModes, .hidden, .layerWithoutPixels, .fillOpacity, .clipping:
      try attributedLayers()
    case .mask, .maskWithoutPixels, .maskOfGroup, .vectorMask, .text, .features:
      try maskedLayers()
    }
  }

  private func nestedGroups() throws -> [LayerNode] {
    let inner = try group(
      "inner", .passThrough, of: [layer("c", seed: 2), layer("d", seed: 3)])
    let outer = try group(
      "outer", of: [layer("b", seed: 1), inner, layer("e", seed: 4)],
      isExpanded: self != .collapsedGroup)
    return [try layer("a", width: 12, height: 10), outer, try layer("f", seed: 5)]
  }

  private func attributedLayers() throws -> [LayerNode] {
    let base = try layer("base", width: 12, height: 10)
    switch self {
    case .opacity:
      return try [base]
        + [0, 1, 127, 128, 254].map { byte in
          try layer("\(byte)", seed: Int(byte)) { $0.opacity = Opacity(byte: byte) }
        }
    case .blendModes:
      return try [base]
        + BlendMode.allCases.filter { $0 != .passThrough }.enumerated().map {
          index, mode in try layer(mode.rawValue, seed: index) { $0.blendMode = mode }
        }
    case .hidden: return [base, try layer("hidden", seed: 1) { $0.isVisible = false }]
    case .fillOpacity:
      return [base, try layer("fill", seed: 1) { $0.fillOpacity = Opacity(byte: 77) }]
    case .clipping: return [base, try layer("clipped", seed: 1) { $0.isClipped = true }]
    default:
      return [
        base, .layer(Layer(attributes: LayerAttributes(name: "adjustment"), pixels: nil)),
      ]
    }
  }

  private func maskedLayers() throws -> [LayerNode] {
    let base = try layer("base", width: 12, height: 10)
    let grey = try GreyImage(
      size: PixelSize(width: 4, height: 3), pixels: (0..<12).map { UInt8($0 * 21) })
    let mask = LayerMask(pixels: grey, origin: PixelPoint(x: 2, y: 1), defaultValue: 0)
    switch self {
    case .mask: return [base, try layer("masked", seed: 1) { $0.mask = mask }]
    case .vectorMask: return [base, try layer("masked", seed: 1) { $0.vectorMask = mask }]
    case .maskWithoutPixels:
      return [
        base,
        try layer("masked", seed: 1) { $0.mask = LayerMask(pixels: nil, defaultValue: 0) },
      ]
    case .maskOfGroup:
      var group = try group("masked", of: [layer("inside", seed: 1)])
      group.attributes.mask = mask
      return [base, group]
    case .text:
      guard case .layer(var layer) = try layer("text", seed: 1) else { return [] }
      layer.text = TextContent(
        "one\ntwo", fontName: "Serif", fontSize: 12.5,
        color: RGBAPixel(red: 1, green: 2, blue: 3, alpha: 255))
      return [base, .layer(layer)]
    default:
      let features = LayerFeature.Kind.allCases.map {
        LayerFeature($0, named: "a \($0)", isRendered: $0 == .text)
      }
      return [base, try layer("rich", seed: 1) { $0.features = features }]
    }
  }
}

/// A layer of pixels that differ, some of them half transparent.
private func layer(
  _ name: String, seed: Int = 0, width: Int = 5, height: Int = 4, at origin: PixelPoint? = nil,
  with change: (inout LayerAttributes) -> Void = { _ in }
) throws -> LayerNode {
  let size = PixelSize(width: width, height: height)
  let pixels = (0..<width * height).flatMap { place -> [UInt8] in
    [
      UInt8(truncatingIfNeeded: place * 37 + seed * 11), UInt8(truncatingIfNeeded: seed * 53),
      UInt8(truncatingIfNeeded: place * 5), place % 3 == 1 ? 200 : 255,
    ]
  }
  var attributes = LayerAttributes(name: name)
  change(&attributes)
  return .layer(
    Layer(
      attributes: attributes, pixels: try RasterImage(size: size, pixels: pixels),
      origin: origin ?? PixelPoint(x: Int32(seed % 4), y: Int32(seed % 3))))
}

private func group(
  _ name: String, _ mode: BlendMode = .normal, of children: [LayerNode], isExpanded: Bool = true
) throws -> LayerNode {
  .group(
    try LayerGroup(
      attributes: LayerAttributes(name: name, blendMode: mode), children: children,
      isExpanded: isExpanded))
}
