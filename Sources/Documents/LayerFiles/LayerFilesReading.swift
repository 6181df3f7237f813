import ByteIO
import DocumentModel
import ImageCodecs
import Raster

/// A document from `layers.json` and its pictures, in a folder or in a ZIP archive.
///
/// Everything in it is of strangers: pictures lie beside `layers.json`, links are not followed, and what
/// all headers declare together is bounded before any picture is decoded.
package struct LayerFiles: Sendable {
  /// The document.
  package let document: LayeredDocument

  /// What took a picture apart into these layers; `nil` for other documents.
  package let run: DecompositionRun?

  /// The bytes of the layers' pictures, for writing back those that nobody edited.
  package let pictures: EncodedPictures

  /// What was put right or left out.
  package let warnings: [LayerFilesWarning]

  /// The most pixels of all pictures together: 2 GiB of RGBA.
  package static let maximumPixelCount = 1 << 29

  /// The most bytes of `layers.json`.
  static let maximumDescriptionByteCount = 64 << 20

  /// Makes a document of files.
  ///
  /// - Parameters:
  ///   - options: How much each picture may ask for.
  ///   - isLenient: Whether a layer or a mask whose picture is broken loses it, with a warning, instead of
  ///     failing the document.
  ///   - contents: The bytes of the file of a name; `nil` where there is none.
  /// - Throws: `MalformedData` naming the field of `layers.json`, `DocumentError`, `ImageCodecError` with
  ///   the name of the file, or what `contents` throws.
  init(
    options: DecodingOptions, isLenient: Bool, contents: @escaping (String) throws -> [UInt8]?
  ) throws {
    guard let bytes = try contents(LayerFileName.description) else {
      throw MalformedData(.invalid("is missing"), in: LayerFileName.description, at: 0)
    }
    do {
      var reader = DescriptionReader(bytes)
      let description = try reader.description()
      var pictures = PictureReader(options: options, isLenient: isLenient, contents: contents)
      try pictures.open(description)
      let maker = DocumentMaker(description: description)
      document = try maker.document(with: &pictures)
      run = description.run
      self.pictures = pictures.encoded
      warnings = reader.warnings + pictures.warnings
    } catch let error as MalformedData {
      throw error.within(LayerFileName.description)
    }
  }
}

/// Puts the parts of a description together, each layer once.
private struct DocumentMaker {
  let description: LayersDescription

  func document(with pictures: inout PictureReader) throws -> LayeredDocument {
    var used: Set<Int> = []
    let tree = description.tree ?? description.layers.indices.map { .layer($0) }
    let nodes = try nodes(of: tree, with: &pictures, used: &used)
    guard used.count == description.layers.count else {
      throw MalformedData(.invalid("does not name every layer"), in: "tree", at: 0)
    }
    return try LayeredDocument(
      canvas: description.canvas, resolution: description.resolution, nodes: nodes)
  }

  /// Recursion is bounded by the depth that the text may have.
  private func nodes(
    of members: [LayersDescription.Member], with pictures: inout PictureReader,
    used: inout Set<Int>
  ) throws -> [LayerNode] {
    var nodes: [LayerNode] = []
    for member in members {
      switch member {
      case .layer(let index):
        guard description.layers.indices.contains(index), used.insert(index).inserted else {
          throw MalformedData(
            .invalid("names layer \(index), which is not there or was named before"), in: "tree",
            at: 0)
        }
        nodes.append(.layer(try layer(index, with: &pictures)))
      case .group(let group):
        let children = try self.nodes(of: group.members, with: &pictures, used: &used)
        nodes.append(
          .group(
            try LayerGroup(
              attributes: try attributes(group.attributes, with: &pictures), children: children,
              isExpanded: group.isExpanded)))
      }
    }
    return nodes
  }

  private func layer(_ index: Int, with pictures: inout PictureReader) throws -> Layer {
    let entry = description.layers[index]
    var attributes = try attributes(entry.attributes, with: &pictures)
    attributes.source = SourceReference(index: index)
    let pixels = entry.hasPixels ? try pictures.picture(entry.file, ofLayer: index) : nil
    return Layer(
      attributes: attributes, pixels: pixels, origin: entry.origin, text: entry.text)
  }

  private func attributes(
    _ attributes: LayersDescription.Attributes, with pictures: inout PictureReader
  ) throws -> LayerAttributes {
    LayerAttributes(
      name: attributes.name, isVisible: attributes.isVisible,
      opacity: Opacity(fraction: attributes.opacity) ?? .opaque,
      fillOpacity: Opacity(fraction: attributes.fillOpacity) ?? .opaque,
      blendMode: attributes.blendMode, isClipped: attributes.isClipped,
      mask: try mask(attributes.mask, with: &pictures),
      vectorMask: try mask(attributes.vectorMask, with: &pictures),
      features: attributes.features)
  }

  private func mask(
    _ mask: LayersDescription.Mask?, with pictures: inout PictureReader
  ) throws -> LayerMask? {
    guard let mask else { return nil }
    let image = try mask.file.flatMap { try pictures.picture($0, ofLayer: nil) }
    return LayerMask(
      pixels: try image.map(GreyImage.init(redOf:)), origin: mask.origin,
      defaultValue: mask.defaultValue, isDisabled: mask.isDisabled, isLinked: mask.isLinked,
      density: Opacity(fraction: mask.density) ?? .opaque, featherRadius: mask.featherRadius)
  }
}
