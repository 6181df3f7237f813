import Raster

/// The layers of a Crello design as LayerD's tool writes them for its evaluation, from renderings of the elements.
///
/// Source: arXiv 2509.25134, `tools/generate_crello_matting.py` of its code. Two habits of that code are kept, as the
/// published scores rest on them: where an element covers the whole canvas, what lies below is cut off at the element's
/// place among all elements, in a list from which others may be missing by then; and the white ground is added where any
/// one layer of the bottom group has a transparent pixel, though the group as a whole may cover the canvas.
package struct CrelloReference: Sendable {
  /// An element of a design.
  package struct Element: Sendable {
    /// The element alone on the transparent canvas.
    package let rendering: RasterImage
    /// Whether the element's own picture nowhere reaches alpha 255.
    package let isTransparent: Bool

    package init(rendering: RasterImage, isTransparent: Bool) {
      self.rendering = rendering
      self.isTransparent = isTransparent
    }
  }

  /// Which elements are left, from the back.
  package let keptIndices: [Int]
  /// White where ``hasWhiteGround``, then the elements that are left.
  package let layers: LayerStack
  package let hasWhiteGround: Bool
  /// The elements that are left over white: the picture to take apart.
  ///
  /// Renderings are laid over one another in 8 bits; the tool draws the elements themselves, which may round otherwise.
  package let picture: RasterImage

  /// Chooses the layers.
  ///
  /// - Parameter elements: From the back, all of one canvas.
  /// - Throws: ``UnscorableSample`` where fewer than two are left, ``UnequalLayers``, `RasterError`.
  package init(elements: [Element]) throws {
    guard let canvas = elements.first?.rendering.size else {
      throw UnscorableSample.tooFew(list: "elements", count: 0)
    }
    var kept = Array(elements.indices)
    for (index, element) in elements.enumerated() {
      guard element.rendering.size == canvas else {
        throw UnequalLayers(
          file: "element \(index)", found: element.rendering.size, expected: canvas)
      }
      if element.isTransparent { kept.removeAll { $0 == index } }
      if index > 0, element.rendering.isOpaque { kept = Array(kept.dropFirst(index)) }
    }
    guard kept.count > 1 else {
      throw UnscorableSample.tooFew(list: "elements that are left", count: kept.count)
    }
    let images = kept.map { elements[$0].rendering }
    let bottom = LayerGrouping.groups(of: images.map(EvaluatedLayer.init)).first ?? []
    hasWhiteGround = bottom.contains { place in
      stride(from: 3, to: images[place].pixels.count, by: 4).contains {
        images[place].pixels[$0] == 0
      }
    }
    let white = try RasterImage(
      size: canvas, filledWith: RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255))
    keptIndices = kept
    layers = try LayerStack(canvas: canvas, layers: (hasWhiteGround ? [white] : []) + images)
    picture = try LayerStack(canvas: canvas, layers: [white] + images).composite()
  }
}
