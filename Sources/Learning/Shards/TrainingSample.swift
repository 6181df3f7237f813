import Raster

/// One example to learn from: a picture and the layers that it is made of.
///
/// The composite is opaque; the layers have its size, back to front, with straight alpha.
package struct TrainingSample: Hashable, Sendable {
  /// Everything but the pixels.
  package let description: SampleDescription

  /// The picture, opaque.
  package let composite: RasterImage

  /// The layers, back to front, each of the canvas size.
  package let layers: LayerStack

  /// What identifies the sample in its dataset.
  package var key: String { description.key }

  /// Pixels of the composite and of every layer.
  package var canvas: PixelSize { layers.canvas }

  /// Puts a sample together; bounding boxes are found in the layers.
  ///
  /// - Parameters:
  ///   - key: 1...64 letters, digits, `-` and `_` of ASCII.
  ///   - composite: The picture; its alpha must be 255 everywhere.
  ///   - layers: 1...100 layers of the size of the composite.
  ///   - names: A name for each layer.
  ///   - caption: What the picture shows; not empty, without control characters.
  ///   - category: A word such as "poster": 1...64 lower-case letters, digits and `-` of ASCII.
  ///   - sourceHash: SHA-256 of what the sample was made of, in hexadecimal digits.
  /// - Throws: ``SampleFault``.
  package init(
    key: String, composite: RasterImage, layers: LayerStack, names: [String], caption: Caption,
    category: String, sourceHash: String
  ) throws(SampleFault) {
    guard names.count == layers.layers.count else {
      throw SampleFault(.nameCount(found: names.count, expected: layers.layers.count), of: key)
    }
    let described = zip(names, layers.layers).map { name, image in
      SampleDescription.Layer(name: name, boundingBox: image.boundingBox)
    }
    try self.init(
      SampleDescription(
        key: key, canvas: layers.canvas, caption: caption, category: category,
        sourceHash: sourceHash, layers: described),
      composite: composite, layers: layers)
  }

  /// Puts a sample together of a description that was read and the pixels that belong to it.
  init(
    _ description: SampleDescription, composite: RasterImage, layers: LayerStack
  ) throws(SampleFault) {
    try description.validate()
    let key = description.key
    guard composite.size == description.canvas, layers.canvas == description.canvas else {
      throw SampleFault(.sizeMismatch(found: composite.size, expected: description.canvas), of: key)
    }
    guard layers.layers.count == description.layers.count else {
      throw SampleFault(
        .nameCount(found: description.layers.count, expected: layers.layers.count), of: key)
    }
    guard composite.isOpaque else { throw SampleFault(.transparentComposite, of: key) }
    self.description = description
    self.composite = composite
    self.layers = layers
  }
}
