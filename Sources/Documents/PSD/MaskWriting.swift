import ByteIO
import DocumentModel
import Raster

extension LayerRecord {
  /// Gives the layer the masks of a node: the user's, or the raster of its vector mask in its place, or
  /// where both are on what both let through.
  ///
  /// - Parameters:
  ///   - attributes: Those of the node.
  ///   - writing: Makes the channel.
  /// - Returns: What was lost.
  /// - Throws: ``PhotoshopWritingError`` or `SectionTooLong` where a mask is too large.
  mutating func setMasks(
    of attributes: LayerAttributes, by writing: ChannelWriting
  ) throws -> [WritingWarning.Reason] {
    channels.removeAll { $0.id == -2 || $0.id == -3 }
    mask = nil
    var reasons: [WritingWarning.Reason] = []
    let written: LayerMask
    switch (attributes.mask, attributes.vectorMask) {
    case (nil, nil): return []
    case (let user?, nil): written = user
    case (nil, let vector?):
      written = vector
      reasons.append(.outlineBecameMask)
    case (let user?, let vector?):
      written = try merged(user, vector, layer: attributes.name, by: writing)
      reasons.append(.masksMerged)
    }
    let rectangle = try writing.rectangle(
      at: written.origin, size: written.pixels?.size ?? PixelSize(width: 0, height: 0),
      layer: attributes.name)
    var data = LayerMaskData(
      mask: .init(
        rectangle: rectangle, defaultColor: written.defaultValue,
        flags: written.isDisabled ? 2 : 0))
    data.setParameters(.init(ofUserMask: written))
    mask = data
    channels.append(try writing.channel(of: written.pixels))
    return reasons
  }
}

extension LayerMaskData.Parameters {
  /// Density and feather of a mask, left out where they do nothing.
  init(ofUserMask mask: LayerMask) {
    if mask.density.byte < 255 { userDensity = mask.density.byte }
    if mask.featherRadius > 0, mask.featherRadius.isFinite { userFeather = mask.featherRadius }
  }
}

extension LayerMaskData {
  /// Writes density and feather, and the flag that says that they are there.
  mutating func setParameters(_ parameters: Parameters) {
    var writer = ByteWriter()
    var present: UInt8 = 0
    if let density = parameters.userDensity {
      present |= 1
      writer.write(density)
    }
    if let feather = parameters.userFeather {
      present |= 2
      writer.write(feather.bitPattern)
    }
    if let density = parameters.vectorDensity {
      present |= 4
      writer.write(density)
    }
    if let feather = parameters.vectorFeather {
      present |= 8
      writer.write(feather.bitPattern)
    }
    let behind = present == 0 ? [] : [present] + writer.bytes
    mask.flags = present == 0 ? mask.flags & ~16 : mask.flags | 16
    // The whole is a multiple of four bytes.
    let byteCount = (userMask == nil ? 18 : 36) + behind.count
    self.parameters = (behind + [UInt8](repeating: 0, count: (4 - byteCount % 4) % 4))[...]
  }
}

/// What two masks let through together, as one; one that is off counts for nothing.
private func merged(
  _ user: LayerMask, _ vector: LayerMask, layer name: String, by writing: ChannelWriting
) throws -> LayerMask {
  guard !vector.isDisabled else { return user }
  guard !user.isDisabled else { return vector }
  var result = LayerMask(
    pixels: nil, origin: user.origin,
    defaultValue: product(
      user.coverage(of: user.defaultValue), vector.coverage(of: vector.defaultValue)),
    featherRadius: max(user.featherRadius, vector.featherRadius))
  guard let area = union(user.frame, vector.frame) else { return result }
  guard let corner = PixelPoint(area) else {
    throw PhotoshopWritingError.rectangleOutOfRange(
      layer: name, area, limit: writing.version.maximumSide)
  }
  let size = PixelSize(width: area.width, height: area.height)
  _ = try writing.rectangle(at: corner, size: size, layer: name)
  guard size.isInRange, let count = size.pixelCount else {
    throw DocumentError.sizeOutOfRange(size)
  }
  var pixels = [UInt8](repeating: result.defaultValue, count: count)
  for y in 0..<size.height {
    for x in 0..<size.width {
      let (column, row) = (x + area.x, y + area.y)
      pixels[y * size.width + x] = product(
        user.coverage(of: user.value(x: column, y: row)),
        vector.coverage(of: vector.value(x: column, y: row)))
    }
  }
  result.origin = corner
  result.pixels = try GreyImage(size: size, pixels: pixels)
  return result
}

private func product(_ one: Double, _ other: Double) -> UInt8 {
  UInt8((one * other * 255).rounded())
}

private func union(_ one: PixelRectangle?, _ other: PixelRectangle?) -> PixelRectangle? {
  guard let one, let other else { return one ?? other }
  let (left, top) = (min(one.x, other.x), min(one.y, other.y))
  return PixelRectangle(
    x: left, y: top, width: max(one.x + one.width, other.x + other.width) - left,
    height: max(one.y + one.height, other.y + other.height) - top)
}

extension PixelPoint {
  /// The top left corner; `nil` where it is too far away.
  fileprivate init?(_ area: PixelRectangle) {
    guard let x = Int32(exactly: area.x), let y = Int32(exactly: area.y) else { return nil }
    self.init(x: x, y: y)
  }
}

extension LayerMask {
  fileprivate func value(x: Int, y: Int) -> UInt8 {
    guard let pixels, let frame, (frame.x..<frame.x + frame.width).contains(x),
      (frame.y..<frame.y + frame.height).contains(y)
    else { return defaultValue }
    return pixels.pixels[(y - frame.y) * frame.width + x - frame.x]
  }

  /// How much shows where the mask has a value, 0...1.
  fileprivate func coverage(of value: UInt8) -> Double {
    1 - density.fraction * (1 - Double(value) / 255)
  }
}
