import DocumentModel
import PSD
import Raster

/// Documents that tests take apart.
enum Documents {
  static let canvas = PixelSize(width: 40, height: 30)

  static func image(_ width: Int, _ height: Int, seed: Int, isSoft: Bool = true) throws
    -> RasterImage
  {
    var numbers = Numbers(seed: seed)
    let base = (numbers.byte(), numbers.byte(), numbers.byte())
    var image = try RasterImage(size: PixelSize(width: width, height: height))
    for y in 0..<height {
      for x in 0..<width {
        let edge = min(x, y, width - 1 - x, height - 1 - y)
        image[x: x, y: y] = RGBAPixel(
          red: base.0 &+ UInt8(x), green: base.1 &+ UInt8(y * 2), blue: base.2,
          alpha: isSoft && edge < 2 ? UInt8(90 + 60 * edge) : 255)
      }
    }
    return image
  }

  static func layer(
    _ name: String, x: Int32, y: Int32, width: Int, height: Int, seed: Int = 1,
    mode: BlendMode = .normal, opacity: UInt8 = 255, isClipped: Bool = false, isSoft: Bool = true
  ) throws -> LayerNode {
    .layer(
      Layer(
        attributes: LayerAttributes(
          name: name, opacity: Opacity(byte: opacity), blendMode: mode, isClipped: isClipped),
        pixels: try image(width, height, seed: seed, isSoft: isSoft),
        origin: PixelPoint(x: x, y: y)))
  }

  static func background(seed: Int = 9) throws -> LayerNode {
    try layer("background", x: 0, y: 0, width: 40, height: 30, seed: seed, isSoft: false)
  }

  static func group(
    _ name: String, _ children: [LayerNode], mode: BlendMode = .passThrough, opacity: UInt8 = 255
  ) throws -> LayerNode {
    .group(
      try LayerGroup(
        attributes: LayerAttributes(
          name: name, opacity: Opacity(byte: opacity), blendMode: mode), children: children))
  }

  static func document(_ nodes: [LayerNode]) throws -> LayeredDocument {
    try LayeredDocument(canvas: canvas, nodes: nodes)
  }

  /// A tree of random layers, groups, modes, masks and clippings.
  static func random(seed: Int) throws -> LayeredDocument {
    var numbers = Numbers(seed: seed)
    func node(depth: Int) throws -> LayerNode {
      let mode = BlendMode.allCases[numbers.next(0..<BlendMode.allCases.count)]
      let isPlain = numbers.next(0..<2) == 0
      var node: LayerNode
      if depth < 2, numbers.next(0..<4) == 0 {
        let children = try (0..<numbers.next(1..<4)).map { _ in try Self.nested(&numbers, depth) }
        node = try group(
          "group", children, mode: isPlain ? [.passThrough, .normal][numbers.next(0..<2)] : mode,
          opacity: isPlain ? 255 : numbers.byte())
      } else {
        node = try Self.single(&numbers, mode: isPlain ? .normal : mode, isPlain: isPlain)
      }
      node.attributes.isClipped = numbers.next(0..<4) == 0
      return node
    }
    var nodes = try numbers.next(0..<3) == 0 ? [] : [background(seed: seed)]
    for _ in 0..<numbers.next(2..<8) { nodes.append(try node(depth: 0)) }
    return try document(nodes)
  }

  private static func nested(_ numbers: inout Numbers, _ depth: Int) throws -> LayerNode {
    let isPlain = numbers.next(0..<3) > 0
    let mode = BlendMode.allCases[numbers.next(0..<BlendMode.allCases.count)]
    var node = try single(&numbers, mode: isPlain ? .normal : mode, isPlain: isPlain)
    node.attributes.isClipped = numbers.next(0..<3) == 0
    return node
  }

  private static func single(
    _ numbers: inout Numbers, mode: BlendMode, isPlain: Bool
  ) throws -> LayerNode {
    var node = try layer(
      "layer", x: Int32(numbers.next(-5..<30)), y: Int32(numbers.next(-5..<20)),
      width: numbers.next(1..<25), height: numbers.next(1..<20), seed: numbers.next(0..<999),
      mode: mode, opacity: isPlain ? 255 : UInt8(numbers.next(1..<256)))
    if numbers.next(0..<4) == 0 {
      let grey = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 5) }
      node.attributes.mask = LayerMask(
        pixels: try GreyImage(size: PixelSize(width: 10, height: 10), pixels: grey),
        origin: PixelPoint(x: 8, y: 8), defaultValue: numbers.next(0..<2) == 0 ? 0 : 255)
    }
    return node
  }
}

extension LayeredDocument {
  /// The bytes of a PSD file with the document and its merged picture.
  func photoshopBytes() throws -> [UInt8] {
    var bytes: [UInt8] = []
    try writePhotoshop { bytes += $0 }
    return bytes
  }
}
