import ByteIO
import DocumentModel

/// The two masks of a layer as pictures.
struct LayerMasks {
  /// What the user painted.
  var mask: LayerMask?
  /// The raster of the vector mask.
  var vectorMask: LayerMask?
  /// What the masks have that compositing leaves out.
  var features: [LayerFeature] = []

  /// Reads the channels of the masks.
  ///
  /// Channel -2 is the only mask, or both multiplied where channel -3 has what the user painted; the vector mask is
  /// then what is left of the product.
  ///
  /// - Throws: ``MalformedData`` where the data of a mask is broken, `DocumentError` where it is
  ///   too large.
  init(of layer: LayerRecord, in file: PhotoshopFile) throws {
    guard let data = layer.mask, layer.channels.contains(where: { $0.id == -2 }) else { return }
    let parameters = try data.readParameters()
    let first = try Self.mask(data.mask, in: -2, of: layer, file)
    // Bit 3 says that the mask was drawn from other data, which is the vector mask.
    if let userMask = data.userMask, layer.channels.contains(where: { $0.id == -3 }) {
      let painted = try Self.mask(userMask, in: -3, of: layer, file)
      mask = painted
      vectorMask = try first.divided(by: painted)
    } else if data.mask.flags & 8 != 0, data.userMask == nil {
      vectorMask = first
    } else {
      mask = first
    }
    mask?.density = Opacity(byte: parameters.userDensity ?? 255)
    mask?.featherRadius = Self.radius(parameters.userFeather)
    vectorMask?.density = Opacity(byte: parameters.vectorDensity ?? 255)
    vectorMask?.featherRadius = Self.radius(parameters.vectorFeather)
    for found in [mask, vectorMask].compactMap({ $0 }) where found.featherRadius > 0 {
      features.append(LayerFeature(.mask, named: "feather", isRendered: false))
    }
    if data.mask.flags & 4 != 0 {
      features.append(LayerFeature(.mask, named: "inverted mask", isRendered: false))
    }
  }

  private static func mask(
    _ stored: LayerMaskData.Mask, in channel: Int16, of layer: LayerRecord, _ file: PhotoshopFile
  ) throws -> LayerMask {
    let samples = try file.maskSamples(channel, of: layer, in: stored.rectangle)
    return LayerMask(
      pixels: try samples.map { try GreyImage(size: stored.rectangle.size, pixels: $0) },
      origin: PixelPoint(x: stored.rectangle.left, y: stored.rectangle.top),
      defaultValue: stored.defaultColor, isDisabled: stored.isDisabled)
  }

  private static func radius(_ stored: Double?) -> Double {
    stored.map { $0.isFinite ? max(0, $0) : 0 } ?? 0
  }
}

extension LayerMask {
  /// What was multiplied by another mask to give this one; where that is 0, which hides anything, 255.
  fileprivate func divided(by other: LayerMask) throws -> LayerMask {
    guard let pixels else { return self }
    var quotients = pixels.pixels
    let width = pixels.size.width
    for index in quotients.indices {
      let (row, column) = index.quotientAndRemainder(dividingBy: width)
      let divisor = other.value(x: Int(origin.x) + column, y: Int(origin.y) + row)
      let quotient =
        divisor == 0 ? 255 : (Int(quotients[index]) * 255 + Int(divisor) / 2) / Int(divisor)
      quotients[index] = UInt8(min(255, quotient))
    }
    var result = self
    result.pixels = try GreyImage(size: pixels.size, pixels: quotients)
    return result
  }

  /// The mask's value at a pixel of the canvas.
  private func value(x: Int, y: Int) -> UInt8 {
    guard let pixels, case let (column, row) = (x - Int(origin.x), y - Int(origin.y)),
      (0..<pixels.size.width).contains(column), (0..<pixels.size.height).contains(row)
    else { return defaultValue }
    return pixels.pixels[row * pixels.size.width + column]
  }
}
