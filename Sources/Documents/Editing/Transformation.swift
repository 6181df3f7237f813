import DocumentModel
import Raster

/// A change of place and size that is done to pixels and masks alike.
protocol Transformation {
  /// The rectangle that pixels of a rectangle take up afterwards.
  ///
  /// - Throws: ``EditingError`` where it cannot exist.
  func target(of frame: PixelRectangle, name: String) throws(EditingError) -> PixelRectangle

  /// The pixels of `frame` as those of its `target`; `outside` is what surrounds them.
  func transformed(
    _ image: RasterImage, from frame: PixelRectangle, to target: PixelRectangle,
    outside: RGBAPixel
  ) throws(RasterError) -> RasterImage

  /// Whether pixels stay as they are and only their place changes.
  var keepsPixels: Bool { get }
}

extension Transformation {
  var keepsPixels: Bool { false }
}

extension LayerNode {
  /// The node with its pixels, its linked masks and all of its members changed.
  ///
  /// - Throws: ``EditingError``, before memory is taken where sizes are at fault.
  func transformed(by transformation: some Transformation) throws(EditingError) -> LayerNode {
    let frames = frames(linkedOnly: true)
    guard !frames.isEmpty else { throw .noPixels(name: attributes.name) }
    var pixelCount = 0
    for frame in frames {
      let target = try transformation.target(of: frame, name: attributes.name)
      // At most 8192 nodes of three rectangles of 2^30 pixels: the sum fits.
      pixelCount += target.width * target.height
    }
    guard transformation.keepsPixels || pixelCount <= PixelSize.maximumPixelCount else {
      throw .tooManyPixels(name: attributes.name, found: pixelCount)
    }
    return try transformed(by: transformation, linkedOnly: true)
  }

  /// The rectangles of everything that a transformation of this node changes.
  private func frames(linkedOnly: Bool) -> [PixelRectangle] {
    var frames = [attributes.mask, attributes.vectorMask].compactMap { $0 }
      .filter { $0.isLinked || !linkedOnly }.compactMap(\.frame)
    switch self {
    case .layer(let layer): if let frame = layer.frame { frames.append(frame) }
    case .group(let group):
      frames += group.children.flatMap { $0.frames(linkedOnly: false) }
    }
    return frames
  }

  private func transformed(
    by transformation: some Transformation, linkedOnly: Bool
  ) throws(EditingError) -> LayerNode {
    var node = try mapChildren { child throws(EditingError) in
      try child.transformed(by: transformation, linkedOnly: false)
    }
    let name = attributes.name
    node.attributes.mask = try attributes.mask?.transformed(
      by: transformation, linkedOnly: linkedOnly, name: name)
    node.attributes.vectorMask = try attributes.vectorMask?.transformed(
      by: transformation, linkedOnly: linkedOnly, name: name)
    if case .layer(var layer) = node, let pixels = layer.pixels, let frame = layer.frame {
      let target = try transformation.target(of: frame, name: name)
      layer.origin = PixelPoint(cornerOf: target)
      if !transformation.keepsPixels {
        layer.pixels = try checked(name, target) { () throws(RasterError) in
          try transformation.transformed(pixels, from: frame, to: target, outside: .clear)
        }
      }
      node = .layer(layer)
    }
    return transformation.keepsPixels ? node : node.withoutInstructions
  }
}

extension LayerMask {
  fileprivate func transformed(
    by transformation: some Transformation, linkedOnly: Bool, name: String
  ) throws(EditingError) -> LayerMask {
    guard isLinked || !linkedOnly, let pixels, let frame else { return self }
    let target = try transformation.target(of: frame, name: name)
    var mask = self
    mask.origin = PixelPoint(cornerOf: target)
    guard !transformation.keepsPixels else { return mask }
    let outside = RGBAPixel(
      red: defaultValue, green: defaultValue, blue: defaultValue, alpha: 255)
    let image = try checked(name, target) { () throws(RasterError) in
      try transformation.transformed(
        RasterImage(opaque: pixels), from: frame, to: target, outside: outside)
    }
    mask.pixels = GreyImage(redOf: image)
    return mask
  }
}

extension PixelPoint {
  /// The top left corner of a rectangle that ``PixelRectangle/checked(name:)`` let pass.
  init(cornerOf rectangle: PixelRectangle) {
    self.init(x: Int32(clamping: rectangle.x), y: Int32(clamping: rectangle.y))
  }
}

extension PixelRectangle {
  /// The rectangle itself, if pixels can have it.
  ///
  /// - Throws: ``EditingError/sizeOutOfRange(name:_:)`` or ``EditingError/positionOutOfRange(name:)``.
  func checked(name: String) throws(EditingError) -> PixelRectangle {
    let size = PixelSize(width: width, height: height)
    guard size.isInRange else { throw .sizeOutOfRange(name: name, size) }
    for (start, length) in [(x, width), (y, height)] {
      // Both ends are what PSD stores.
      guard start >= Int(Int32.min), start <= Int(Int32.max) - length else {
        throw .positionOutOfRange(name: name)
      }
    }
    return self
  }
}

/// Runs what makes a picture for a rectangle, with an error of this target.
func checked(
  _ name: String, _ target: PixelRectangle, _ body: () throws(RasterError) -> RasterImage
) throws(EditingError) -> RasterImage {
  do throws(RasterError) {
    return try body()
  } catch {
    throw .sizeOutOfRange(name: name, PixelSize(width: target.width, height: target.height))
  }
}

extension RasterImage {
  /// The grey values as opaque pixels.
  fileprivate init(opaque grey: GreyImage) throws(RasterError) {
    try self.init(size: grey.size)
    updatePixels { bytes in
      for (index, value) in grey.pixels.enumerated() {
        for channel in 0..<3 { bytes[index * 4 + channel] = value }
        bytes[index * 4 + 3] = 255
      }
    }
  }
}

extension GreyImage {
  /// The red channel of a picture.
  fileprivate init?(redOf image: RasterImage) {
    let values = stride(from: 0, to: image.pixels.count, by: 4).map { image.pixels[$0] }
    try? self.init(size: image.size, pixels: values)
  }
}
