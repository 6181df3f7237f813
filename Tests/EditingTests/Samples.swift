import DocumentModel
import Editing
import Raster

/// Pixels in which no two neighbours are the same and alpha takes many values.
func picture(_ width: Int, _ height: Int, seed: Int = 1) throws -> RasterImage {
  try RasterImage(
    size: PixelSize(width: width, height: height),
    pixels: (0..<width * height * 4).map { UInt8(truncatingIfNeeded: ($0 + 3) * 37 * seed) })
}

/// A painted mask.
func mask(
  _ width: Int, _ height: Int, at origin: PixelPoint, isLinked: Bool = true,
  defaultValue: UInt8 = 0
) throws -> LayerMask {
  let size = PixelSize(width: width, height: height)
  let grey = try GreyImage(
    size: size, pixels: (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * 53 + 9) })
  return LayerMask(pixels: grey, origin: origin, defaultValue: defaultValue, isLinked: isLinked)
}

/// Layers, a clipped one, a group with masks, and a group within it; names are those of the places.
func sampleDocument() throws -> LayeredDocument {
  func layer(
    _ name: String, _ width: Int, _ height: Int, x: Int32, y: Int32,
    _ change: (inout LayerAttributes) throws -> Void = { _ in }
  ) throws -> LayerNode {
    var attributes = LayerAttributes(name: name, source: SourceReference(index: name.utf8.count))
    try change(&attributes)
    return .layer(
      Layer(
        attributes: attributes, pixels: try picture(width, height, seed: name.utf8.count),
        origin: PixelPoint(x: x, y: y)))
  }
  let inner = LayerNode.group(
    try LayerGroup(
      attributes: LayerAttributes(name: "inner", blendMode: .multiply),
      children: [try layer("leaf", 5, 3, x: 4, y: 2) { $0.isVisible = false }]))
  var groupAttributes = LayerAttributes(name: "group", blendMode: .passThrough)
  groupAttributes.mask = try mask(6, 6, at: PixelPoint(x: 1, y: 1))
  let group = LayerNode.group(
    try LayerGroup(
      attributes: groupAttributes,
      children: [
        inner,
        try layer("masked", 6, 4, x: 2, y: 6) { attributes in
          attributes.mask = try mask(4, 4, at: PixelPoint(x: 3, y: 7))
          attributes.vectorMask = try mask(3, 3, at: PixelPoint(x: 2, y: 6), isLinked: false)
          attributes.preserved = [
            PreservedBlock(format: "psd", key: "lyid", bytes: [0, 0, 0, 7]),
            PreservedBlock(format: "psd", key: "SoLd", bytes: [1]),
            PreservedBlock(format: "psd", key: "lfx2", bytes: [2]),
          ]
        },
      ]))
  return try LayeredDocument(
    canvas: PixelSize(width: 24, height: 20), profile: [1, 2, 3],
    nodes: [
      try layer("base", 8, 8, x: -2, y: 3),
      try layer("clip", 3, 9, x: 1, y: 1) { $0.isClipped = true },
      group,
      .layer(Layer(attributes: LayerAttributes(name: "adjustment"), pixels: nil)),
      try layer("front", 4, 2, x: 10, y: 10) { $0.blendMode = .screen },
    ],
    preserved: [PreservedBlock(format: "psd", key: "Patt", bytes: [9])])
}

extension LayeredDocument {
  /// The one node of a name.
  func node(_ name: String) throws -> LayerNode? { self[try path(to: .name(name))] }

  /// The one layer of a name.
  func layer(_ name: String) throws -> Layer? {
    if case .layer(let layer)? = try node(name) { layer } else { nil }
  }

  /// The document after an operation on the node of a name.
  func edited(_ name: String, _ operation: EditOperation) throws -> LayeredDocument {
    try edited(at: path(to: .name(name)), by: operation).document
  }
}
