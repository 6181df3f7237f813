import Raster

extension LayeredDocument {
  /// Makes a document of the layers that a picture was taken apart into.
  ///
  /// Each is cropped to the pixels that show and named "Layer 1" and so on, from the back. A layer of
  /// which nothing shows is kept, without pixels, so that numbers stay those of the stack.
  ///
  /// - Throws: ``DocumentError/tooManyNodes(found:)``.
  package init(_ stack: LayerStack) throws(DocumentError) {
    let nodes = stack.layers.enumerated().map { index, image in
      let attributes = LayerAttributes(name: "Layer \(index + 1)")
      guard let box = image.boundingBox else {
        return LayerNode.layer(Layer(attributes: attributes, pixels: nil))
      }
      let origin = PixelPoint(x: Int32(clamping: box.x), y: Int32(clamping: box.y))
      return .layer(Layer(attributes: attributes, pixels: image.cropped(to: box), origin: origin))
    }
    try self.init(canvas: stack.canvas, nodes: nodes)
  }
}
