import Compositing
import DocumentModel
import ImageCodecs
import Raster
import StrictXML
import ZipArchive

extension LayeredDocument {
  /// Writes an OpenRaster file: the type first and stored, the stack, a PNG for each layer, the merged
  /// picture and a thumbnail.
  ///
  /// Masks and clipping, which the format lacks, are merged into pixels; fill opacity goes into opacity.
  /// Equal documents give equal bytes.
  ///
  /// - Parameter sink: Takes the bytes of the file one part after another.
  /// - Returns: What the file does not hold.
  /// - Throws: `ZipWriteError`, `ImageCodecError`, `RasterError` or what the sink throws.
  @discardableResult
  package func writeOpenRaster(
    to sink: @escaping ([UInt8]) throws -> Void
  ) throws -> [OpenRasterWarning] {
    var stack = StackWriter(document: self)
    let image = try stack.imageElement()
    var archive = ZipWriter(to: sink)
    try archive.append(
      Array(OpenRasterLayout.type.utf8), named: OpenRasterLayout.typeEntry, method: .stored)
    try archive.append(image.document(), named: OpenRasterLayout.stackEntry)
    for (index, pixels) in stack.pictures.enumerated() {
      try archive.append(
        try pixels.encoded(as: .png), named: StackWriter.entryName(ofPicture: index),
        method: .stored)
    }
    let merged = try composite()
    try archive.append(
      try merged.encoded(as: .png), named: OpenRasterLayout.mergedEntry, method: .stored)
    let thumbnail = try merged.resized(to: canvas.thumbnailSize, using: .lanczos)
    try archive.append(
      try thumbnail.encoded(as: .png), named: OpenRasterLayout.thumbnailEntry, method: .stored)
    try archive.finish()
    return stack.warnings
  }
}

extension PixelSize {
  /// The size at which the picture fits the thumbnail's square, never enlarged.
  fileprivate var thumbnailSize: PixelSize {
    let longest = max(width, height)
    guard longest > OpenRasterLayout.thumbnailSide else { return self }
    func scaled(_ side: Int) -> Int {
      max(1, (side * OpenRasterLayout.thumbnailSide + longest / 2) / longest)
    }
    return PixelSize(width: scaled(width), height: scaled(height))
  }
}

/// Turns layers and groups into the elements of stack.xml and the pictures that they name.
struct StackWriter {
  let document: LayeredDocument
  /// The picture of each layer, in the order of their entries.
  private(set) var pictures: [RasterImage] = []
  private(set) var warnings: [OpenRasterWarning] = []

  init(document: LayeredDocument) {
    self.document = document
  }

  /// The entry of a picture; layers' names have no part in it.
  static func entryName(ofPicture index: Int) -> String { "data/layer-\(index).png" }

  mutating func imageElement() throws -> XMLElement {
    let stack = XMLElement("stack", children: try elements(of: document.nodes))
    return XMLElement(
      "image",
      [
        .init("version", "0.0.6"), .init("w", "\(document.canvas.width)"),
        .init("h", "\(document.canvas.height)"),
        .init("xres", document.resolution.horizontal.wholeNumber),
        .init("yres", document.resolution.vertical.wholeNumber),
      ], children: [stack])
  }

  /// The elements of some siblings, the front one first.
  private mutating func elements(of siblings: [LayerNode]) throws -> [XMLElement] {
    var elements: [XMLElement] = []
    var rest = siblings[...]
    while let base = rest.popFirst() {
      let run = base.attributes.isClipped ? [] : rest.prefix { $0.attributes.isClipped }
      rest = rest.dropFirst(run.count)
      for node in [base] + run {
        for feature in node.attributes.features where !feature.isRendered {
          warnings.append(.leftOut(node: node.attributes.name, feature))
        }
      }
      if run.isEmpty, !base.attributes.hasEffectiveMask {
        elements.append(try element(of: base))
      } else {
        elements.append(try mergedElement(of: base, with: Array(run)))
      }
    }
    return elements.reversed()
  }

  private mutating func element(of node: LayerNode) throws -> XMLElement {
    switch node {
    case .layer(let layer):
      return try layerElement(layer.attributes, pixels: layer.pixels, origin: layer.origin)
    case .group(let group):
      let attributes = group.attributes
      let isIsolated = !group.isPassThrough || attributes.writtenOpacity < 1
      if isIsolated, group.isPassThrough { warnings.append(.isolated(node: attributes.name)) }
      return XMLElement(
        "stack", attributes.elements + [.init("isolation", isIsolated ? "isolate" : "auto")],
        children: try elements(of: group.children))
    }
  }

  private mutating func layerElement(
    _ attributes: LayerAttributes, pixels: RasterImage?, origin: PixelPoint
  ) throws -> XMLElement {
    let name = Self.entryName(ofPicture: pictures.count)
    // A layer has to have a picture.
    pictures.append(try pixels ?? RasterImage(size: PixelSize(width: 1, height: 1)))
    return XMLElement(
      "layer",
      attributes.elements + [
        .init("src", name), .init("x", "\(origin.x)"), .init("y", "\(origin.y)"),
      ])
  }

  /// A node and what is clipped to it as one layer that blends as the node does.
  private mutating func mergedElement(
    of base: LayerNode, with clipped: [LayerNode]
  ) throws -> XMLElement {
    var plain = base
    plain.attributes.isVisible = true
    plain.attributes.opacity = .opaque
    plain.attributes.fillOpacity = .opaque
    plain.attributes.blendMode = .normal
    let merged = try document.withNodes([plain] + clipped).composite()
    warnings.append(.merged(node: base.attributes.name))
    guard let box = merged.boundingBox else {
      return try layerElement(base.attributes, pixels: nil, origin: .zero)
    }
    return try layerElement(
      base.attributes, pixels: merged.cropped(to: box),
      origin: PixelPoint(x: Int32(clamping: box.x), y: Int32(clamping: box.y)))
  }
}

extension LayerAttributes {
  fileprivate var hasEffectiveMask: Bool {
    [mask, vectorMask].contains { $0.map { !$0.isDisabled } ?? false }
  }

  fileprivate var writtenOpacity: Double { opacity.fraction * fillOpacity.fraction }

  /// The attributes that layers and stacks share.
  fileprivate var elements: [XMLElement.Attribute] {
    [
      .init("name", name), .init("opacity", "\(writtenOpacity)"),
      .init("visibility", isVisible ? "visible" : "hidden"),
      .init("composite-op", blendMode.openRasterName ?? "svg:src-over"),
    ]
  }
}

extension Double {
  /// The nearest whole number above 0 in decimal digits.
  fileprivate var wholeNumber: String {
    "\(Int(exactly: rounded()).map { Swift.max(1, $0) } ?? 72)"
  }
}
