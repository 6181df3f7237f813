import Compositing
import DocumentModel
import ImageCodecs
import Raster

/// The layers of a document as plain RGBA pictures, back to front, and the picture that they give.
package struct Extraction: Hashable, Sendable {
  package let canvas: PixelSize
  package let layers: [ExtractedLayer]
  package let dropped: [DroppedLayer]
  /// What the document renders as, over white, opaque.
  package let picture: RasterImage
  /// What visible layers have that is not drawn, sorted.
  package let notRendered: [String]
  /// Whether broken layers were left out, so that the picture is not that of the file.
  package let lacksBrokenLayers: Bool
  /// What the layers give and which of them matter.
  let measurement: StackMeasurement

  /// Takes a document apart.
  ///
  /// Plain layers keep their pixels, with masks and opacity in their alpha. For others, such as those with a blend
  /// mode, the picture without and with the layer says which pixels, laid over what is below, give the same.
  ///
  /// - Parameters:
  ///   - document: The document.
  ///   - broken: Places in the file of layers that could not be read.
  ///   - maximumError: How far the layers may be from the document's rendering.
  ///   - maximumContribution: By how many levels a pixel may change without a layer that is not needed.
  /// - Throws: ``FileDrop``, or errors of making documents and pictures.
  package init(
    of document: LayeredDocument, broken: Set<Int> = [], maximumError: Int = 2,
    maximumContribution: Double = 1
  ) throws {
    let found = ExtractionUnits(of: document, broken: broken)
    let profile = document.profile.flatMap { ColorProfile($0, of: .rgb) }
    let shown =
      found.lacksBrokenLayers ? try document.withoutLayers(at: broken) : document
    let rendering = try shown.composite()
    let picture = (profile.map(rendering.convertedToSRGB(from:)) ?? rendering).overWhite()

    var baking = Baking(canvas: document.canvas, profile: profile)
    try baking.bake(found.units, isExact: false)
    var measured = baking.measured(against: picture, limit: maximumContribution)
    if measured.error > maximumError {
      baking = Baking(canvas: document.canvas, profile: profile)
      try baking.bake(found.units, isExact: true)
      measured = baking.measured(against: picture, limit: maximumContribution)
      guard measured.error <= maximumError else {
        throw FileDrop(.notBaked, "plain layers differ by \(measured.error) levels")
      }
    }
    measurement = measured
    canvas = document.canvas
    layers = baking.layers
    dropped = found.dropped + baking.dropped
    self.picture = picture
    notRendered = found.notRendered.sorted()
    lacksBrokenLayers = found.lacksBrokenLayers
  }
}

extension LayeredDocument {
  /// The same document without the layers and groups that were read from those places.
  fileprivate func withoutLayers(at places: Set<Int>) throws -> LayeredDocument {
    /// Recursion is bounded by the height of groups.
    func kept(_ siblings: [LayerNode]) throws -> [LayerNode] {
      var result: [LayerNode] = []
      var isBaseDropped = false
      for (index, node) in siblings.enumerated() {
        let isClipped = node.attributes.isClipped && index > 0
        if isClipped, isBaseDropped { continue }
        let isDropped = node.attributes.source.index.map(places.contains) ?? false
        if !isClipped { isBaseDropped = isDropped }
        guard !isDropped else { continue }
        if case .group(let group) = node {
          result.append(.group(try group.withChildren(try kept(group.children))))
        } else {
          result.append(node)
        }
      }
      return result
    }
    return try withNodes(try kept(nodes))
  }
}
