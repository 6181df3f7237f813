import Compositing
import DocumentModel
import ImageCodecs
import Raster

/// The names of the files.
enum LayerFileName {
  static let description = "layers.json"
  static let composite = "composite.png"

  static func layer(_ index: Int) -> String { "layer-\(padded(index)).png" }

  /// `owner` is the file of a layer, or "group-00.png" and so on for a group, which has none itself.
  static func mask(of owner: String, isVector: Bool) -> String {
    "\(owner.dropLast(4))-\(isVector ? "vector-mask" : "mask").png"
  }

  static func group(_ index: Int) -> String { "group-\(padded(index)).png" }

  private static func padded(_ index: Int) -> String { "\(index < 10 ? "0" : "")\(index)" }
}

extension LayeredDocument {
  /// Gives the files of a document one after another: `layer-00.png` (the bottom) and so on with the
  /// masks, `composite.png` and `layers.json`.
  ///
  /// Layers' names have no part in those of files. Of what a document holds, the colour profile and
  /// blocks of other formats are left out. Equal documents give equal bytes.
  ///
  /// - Parameters:
  ///   - run: What took a picture apart into these layers.
  ///   - composite: The layers merged, where that is known; made here otherwise.
  ///   - pictures: Bytes of layers that may be unedited.
  ///   - write: Takes the name and the bytes of a file.
  /// - Returns: What the files do not hold.
  /// - Throws: `ImageCodecError`, `RasterError` or what `write` throws.
  @discardableResult
  package func writeLayerFiles(
    of run: DecompositionRun? = nil, composite: RasterImage? = nil,
    reusing pictures: EncodedPictures = EncodedPictures(),
    to write: @escaping (_ name: String, _ bytes: [UInt8]) throws -> Void
  ) throws -> [LayerFilesWarning] {
    var writer = LayerFilesWriter(pictures: pictures, write: write)
    var description = LayersDescription(canvas: canvas, resolution: resolution, run: run)
    let tree = try writer.members(of: drawingFills().nodes)
    description.layers = writer.layers
    if writer.groupCount > 0 { description.tree = tree }
    let merged = try composite ?? self.composite()
    try write(LayerFileName.composite, try merged.encoded(as: .png))
    try write(LayerFileName.description, try description.encoded())
    let blockCount = preserved.count + entries.reduce(0) { $0 + $1.node.attributes.preserved.count }
    return (profile == nil ? [] : [.profile])
      + (blockCount == 0 ? [] : [.preservedBlocks(count: blockCount)])
  }
}

/// Writes pictures in the order of the tree and gathers what is said of them.
private struct LayerFilesWriter {
  let pictures: EncodedPictures
  let write: (String, [UInt8]) throws -> Void
  private(set) var layers: [LayersDescription.Layer] = []
  private(set) var groupCount = 0

  init(pictures: EncodedPictures, write: @escaping (String, [UInt8]) throws -> Void) {
    self.pictures = pictures
    self.write = write
  }

  /// Recursion is bounded by the height of groups.
  mutating func members(of nodes: [LayerNode]) throws -> [LayersDescription.Member] {
    try nodes.map { node in
      switch node {
      case .layer(let layer):
        try append(layer)
        return .layer(layers.count - 1)
      case .group(let group):
        let name = LayerFileName.group(groupCount)
        groupCount += 1
        return .group(
          LayersDescription.Group(
            attributes: try described(group.attributes, owner: name),
            isExpanded: group.isExpanded, members: try members(of: group.children)))
      }
    }
  }

  private mutating func append(_ layer: Layer) throws {
    let index = layers.count
    let file = LayerFileName.layer(index)
    // A layer has to have a picture.
    let image = try layer.pixels ?? RasterImage(size: PixelSize(width: 1, height: 1))
    try write(file, try pictures.png(of: image, ofLayer: layer.attributes.source.index))
    var entry = LayersDescription.Layer(
      index: index, file: file, attributes: try described(layer.attributes, owner: file))
    if var box = image.boundingBox {
      box.x += Int(layer.origin.x)
      box.y += Int(layer.origin.y)
      entry.boundingBox = box
    }
    entry.origin = layer.origin
    entry.hasPixels = layer.pixels != nil
    entry.text = layer.text
    layers.append(entry)
  }

  private func described(
    _ attributes: LayerAttributes, owner: String
  ) throws -> LayersDescription.Attributes {
    LayersDescription.Attributes(
      name: attributes.name, opacity: attributes.opacity.fraction,
      blendMode: attributes.blendMode, isVisible: attributes.isVisible,
      fillOpacity: attributes.fillOpacity.fraction, isClipped: attributes.isClipped,
      mask: try described(
        attributes.mask, file: LayerFileName.mask(of: owner, isVector: false)),
      vectorMask: try described(
        attributes.vectorMask, file: LayerFileName.mask(of: owner, isVector: true)),
      features: attributes.features.map { feature in
        // What an adjustment does to colours is not among the files.
        LayerFeature(
          feature.kind, named: feature.name,
          isRendered: feature.isRendered && feature.kind != .adjustment)
      })
  }

  private func described(_ mask: LayerMask?, file: String) throws -> LayersDescription.Mask? {
    guard let mask else { return nil }
    if let grey = mask.pixels { try write(file, try grey.image().encoded(as: .png)) }
    return LayersDescription.Mask(
      file: mask.pixels == nil ? nil : file, origin: mask.origin, defaultValue: mask.defaultValue,
      isDisabled: mask.isDisabled, isLinked: mask.isLinked, density: mask.density.fraction,
      featherRadius: mask.featherRadius.isFinite ? mask.featherRadius : 0)
  }
}

extension GreyImage {
  /// The same as opaque colours.
  fileprivate func image() throws(RasterError) -> RasterImage {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pixels.count * 4)
    for value in pixels {
      bytes.append(value)
      bytes.append(value)
      bytes.append(value)
      bytes.append(255)
    }
    return try RasterImage(size: size, pixels: bytes)
  }

  /// The red of a picture.
  init(redOf image: RasterImage) throws(DocumentError) {
    let bytes = stride(from: 0, to: image.pixels.count, by: 4).map { image.pixels[$0] }
    try self.init(size: image.size, pixels: bytes)
  }
}
