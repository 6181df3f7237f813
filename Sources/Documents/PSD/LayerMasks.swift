import ByteIO
import DocumentModel

/// The two masks of a layer as pictures.
struct LayerMasks {
  /// What the user painted; where the file merged it with the vector mask, both.
  var mask: LayerMask?
  /// The raster of the vector mask.
  var vectorMask: LayerMask?
  /// What the masks have that compositing leaves out.
  var features: [LayerFeature] = []

  /// - Throws: ``MalformedData`` where the data of a mask is broken, `DocumentError` where it is
  ///   too large.
  init(of layer: LayerRecord, in file: PhotoshopFile) throws {
    guard let data = layer.mask, layer.channels.contains(where: { $0.id == -2 }) else { return }
    let parameters = try data.readParameters()
    let samples = try file.maskSamples(-2, of: layer, in: data.mask.rectangle)
    let rectangle = data.mask.rectangle
    var found = LayerMask(
      pixels: try samples.map { try GreyImage(size: rectangle.size, pixels: $0) },
      origin: PixelPoint(x: rectangle.left, y: rectangle.top),
      defaultValue: data.mask.defaultColor, isDisabled: data.mask.isDisabled)
    // Bit 3 says that the mask was drawn from other data, which is the vector mask.
    let isOfVectorMask = data.mask.flags & 8 != 0 && data.userMask == nil
    let density = isOfVectorMask ? parameters.vectorDensity : parameters.userDensity
    let feather = isOfVectorMask ? parameters.vectorFeather : parameters.userFeather
    found.density = Opacity(byte: density ?? 255)
    found.featherRadius = feather.map { $0.isFinite ? max(0, $0) : 0 } ?? 0
    if isOfVectorMask { vectorMask = found } else { mask = found }
    if found.featherRadius > 0 {
      features.append(LayerFeature(.mask, named: "feather", isRendered: false))
    }
    if data.mask.flags & 4 != 0 {
      features.append(LayerFeature(.mask, named: "inverted mask", isRendered: false))
    }
    if data.userMask != nil {
      features.append(
        LayerFeature(.mask, named: "mask and vector mask merged into one", isRendered: true))
    }
  }
}
