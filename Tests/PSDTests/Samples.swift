import DocumentModel
import Foundation
import PSD
import Raster

/// Documents that tests write and read.
enum Samples {
  static let names = [
    "", "Layer", "😀 emoji 👩‍👩‍👧", "שלום עולם", "../x", "<b>&amp;</b>", "CON", "a/b\\c", "line\nbreak",
    "tab\t\u{202E}desrever", String(repeating: "长", count: 300), "e\u{301}",
  ]

  /// Pixels that all differ, none transparent at the edges.
  static func image(_ width: Int, _ height: Int, seed: Int = 0) throws -> RasterImage {
    var pixels: [UInt8] = []
    for index in 0..<width * height {
      let value = index * 7 + seed * 31
      pixels += [
        UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value / 3),
        UInt8(truncatingIfNeeded: value * 5), UInt8(1 + (value * 13) % 255),
      ]
    }
    return try RasterImage(size: PixelSize(width: width, height: height), pixels: pixels)
  }

  static func grey(_ width: Int, _ height: Int, seed: Int = 0) throws -> GreyImage {
    let pixels = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * 11 + seed) }
    return try GreyImage(size: PixelSize(width: width, height: height), pixels: pixels)
  }

  static func layer(
    _ name: String, at x: Int32 = 0, _ y: Int32 = 0, width: Int = 3, height: Int = 2, seed: Int = 0
  ) throws -> LayerNode {
    .layer(
      Layer(
        attributes: LayerAttributes(name: name),
        pixels: try image(width, height, seed: seed), origin: PixelPoint(x: x, y: y)))
  }

  static func document(
    _ nodes: [LayerNode], width: Int = 8, height: Int = 6
  ) throws -> LayeredDocument {
    try LayeredDocument(canvas: PixelSize(width: width, height: height), nodes: nodes)
  }

  static func group(
    _ name: String, _ children: [LayerNode], mode: BlendMode = .passThrough, isExpanded: Bool = true
  ) throws -> LayerNode {
    .group(
      try LayerGroup(
        attributes: LayerAttributes(name: name, blendMode: mode), children: children,
        isExpanded: isExpanded))
  }

  /// A document with one of everything that a file holds.
  static func everything() throws -> LayeredDocument {
    var masked = try layer("masked", at: 1, 1, width: 4, height: 4, seed: 3)
    masked.attributes.mask = LayerMask(
      pixels: try grey(3, 3), origin: PixelPoint(x: 2, y: 1), defaultValue: 0,
      density: Opacity(byte: 200), featherRadius: 1.5)
    var off = try layer("mask off", at: 3, 2, seed: 4)
    off.attributes.mask = LayerMask(pixels: nil, defaultValue: 0, isDisabled: true)
    off.attributes.isVisible = false
    var clipped = try layer("clipped", at: -1, -1, width: 9, height: 3, seed: 5)
    clipped.attributes.isClipped = true
    clipped.attributes.opacity = Opacity(byte: 77)
    clipped.attributes.fillOpacity = Opacity(byte: 190)
    clipped.attributes.blendMode = .multiply
    let outside = try layer("outside", at: 100, -50, seed: 6)
    let nothing = LayerNode.layer(Layer(attributes: LayerAttributes(name: "nothing"), pixels: nil))
    var isolated = try group(
      "isolated", [layer("in", at: 5, 0), group("closed", [nothing], isExpanded: false)],
      mode: .screen)
    isolated.attributes.mask = LayerMask(
      pixels: try grey(2, 2, seed: 100), origin: PixelPoint(x: 5, y: 0), defaultValue: 30)
    isolated.attributes.opacity = Opacity(byte: 222)
    let named = try names.enumerated().map { try layer($1, at: Int32($0 % 6), 3, seed: $0) }
    return try LayeredDocument(
      canvas: PixelSize(width: 8, height: 6),
      resolution: Resolution(horizontal: 300, vertical: 150.5),
      nodes: [try layer("base", width: 8, height: 5), clipped, masked, off, outside, isolated]
        + named)
  }
}

extension LayeredDocument {
  /// The file's bytes, from the stream.
  func photoshopBytes(as version: FileHeader.Version? = nil) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try writePhotoshop(as: version) { bytes += $0 }
    return bytes
  }

  /// What a file of this document reads as.
  func writtenAndRead(as version: FileHeader.Version? = nil) throws -> LayeredDocument {
    try PhotoshopFile(reading: photoshopBytes(as: version)).readDocument().document
  }

  /// The same without what only a reader adds: blocks, and features of masks.
  func plain() throws -> LayeredDocument {
    var document = try withNodes(nodes.map { try $0.plain() })
    document.preserved = []
    return document
  }
}

extension LayerNode {
  fileprivate func plain() throws -> LayerNode {
    var node = self
    if case .group(let group) = node {
      node = .group(try group.withChildren(group.children.map { try $0.plain() }))
    }
    node.attributes.preserved = []
    node.attributes.features = []
    return node
  }
}
