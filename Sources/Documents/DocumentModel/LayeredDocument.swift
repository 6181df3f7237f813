import Raster

/// Layers with names, groups, masks and blend modes on a canvas: what the files of designers hold.
///
/// Colours are 8-bit RGB with straight alpha: sRGB, or that of ``profile``, in which layers are blended.
package struct LayeredDocument: Hashable, Sendable {
  /// The size of the picture; always in range.
  package let canvas: PixelSize

  /// Pixels per inch.
  package var resolution: Resolution

  /// The ICC profile of the RGB in all layers; `nil` means sRGB.
  package var profile: [UInt8]?

  /// The tree of layers and groups, back to front.
  package let nodes: [LayerNode]

  /// Blocks that only the original format understands, in their order there.
  package var preserved: [PreservedBlock]

  /// The most layers and groups that a document may have.
  package static let maximumNodeCount = 8192

  /// Makes a document; it may have no layers.
  ///
  /// - Throws: ``DocumentError/sizeOutOfRange(_:)`` for the canvas, or
  ///   ``DocumentError/tooManyNodes(found:)``.
  package init(
    canvas: PixelSize, resolution: Resolution = .screen, profile: [UInt8]? = nil,
    nodes: [LayerNode], preserved: [PreservedBlock] = []
  ) throws(DocumentError) {
    guard canvas.isInRange else { throw .sizeOutOfRange(canvas) }
    _ = try checkedNodeCount(of: nodes, startingAt: 0)
    self.canvas = canvas
    self.resolution = resolution
    self.profile = profile
    self.nodes = nodes
    self.preserved = preserved
  }

  /// The same document with another tree.
  ///
  /// - Throws: ``DocumentError/tooManyNodes(found:)``.
  package func withNodes(_ nodes: [LayerNode]) throws(DocumentError) -> LayeredDocument {
    try LayeredDocument(
      canvas: canvas, resolution: resolution, profile: profile, nodes: nodes, preserved: preserved)
  }
}
