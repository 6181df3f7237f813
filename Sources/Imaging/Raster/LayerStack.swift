/// A canvas and its RGBA layers, back to front: what the models give and what documents hold.
public struct LayerStack: Hashable, Sendable {
  /// The size of the canvas and of every layer.
  public let canvas: PixelSize

  /// The layers, the bottom one first, each of the canvas size.
  public let layers: [RasterImage]

  /// Makes a stack; it may have no layers.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)`` for the canvas, or
  ///   ``RasterError/layerSize(index:found:expected:)`` for the first layer of another size.
  public init(canvas: PixelSize, layers: [RasterImage]) throws(RasterError) {
    guard canvas.isInRange else { throw .sizeOutOfRange(canvas) }
    for (index, layer) in layers.enumerated() where layer.size != canvas {
      throw .layerSize(index: index, found: layer.size, expected: canvas)
    }
    self.canvas = canvas
    self.layers = layers
  }

  /// The layers merged: each laid over those below it, from a transparent canvas.
  ///
  /// The arithmetic is that of successive `Image.alpha_composite` calls in Pillow, from the bottom up.
  public func composite() -> RasterImage {
    guard var result = try? RasterImage(size: canvas) else {
      preconditionFailure("the initializer checked the canvas")
    }
    for layer in layers { result.composeUnder(layer) }
    return result
  }

  /// How near the composite comes to the picture that was taken apart.
  ///
  /// - Throws: ``RasterError/sizeMismatch(found:expected:)`` unless the picture has the canvas size.
  public func recomposition(of picture: RasterImage) throws(RasterError) -> Recomposition {
    try Recomposition(of: picture, from: composite())
  }
}
