import Compositing
import DocumentModel
import ImageCodecs
import Raster

/// Makes units into plain layers, from the back, with the picture so far at hand.
struct Baking {
  private let canvas: PixelSize
  private let profile: ColorProfile?
  private(set) var layers: [ExtractedLayer] = []
  private(set) var dropped: [DroppedLayer] = []
  /// Whether no unit needed the picture below it.
  private var isPlain = true
  /// The picture so far in the document's colours; kept up only as long as a unit needs it.
  private var backdrop: RasterImage?
  /// What lay below the last unclipped unit, where that was drawn.
  private var belowBase: (pixels: RasterImage, frame: PixelRectangle)?

  init(canvas: PixelSize, profile: ColorProfile?) {
    self.canvas = canvas
    self.profile = profile
  }

  /// Bakes all units.
  ///
  /// - Parameters:
  ///   - units: Back to front.
  ///   - isExact: Whether even plain units are held against the picture, as colours of a profile may need.
  /// - Throws: Errors of making documents and pictures.
  mutating func bake(_ units: [ExtractionUnit], isExact: Bool) throws {
    let last = isExact ? units.indices.last : units.lastIndex { !$0.isPlain }
    if last != nil {
      backdrop = try RasterImage(size: canvas)
      isPlain = false
    }
    for (index, unit) in units.enumerated() {
      if let last, index > last { backdrop = nil }
      try bake(unit, isExact: isExact)
      if index + 1 < units.count { try passAdjustments(from: unit, to: units[index + 1]) }
    }
  }

  /// Changes the picture so far by the adjustments between two units, of which the first takes over more.
  private mutating func passAdjustments(from lower: ExtractionUnit, to upper: ExtractionUnit) throws
  {
    let passed = lower.adjustments.dropLast(upper.adjustments.count)
    guard !passed.isEmpty, let backdrop else { return }
    let whole = PixelRectangle(covering: canvas)
    self.backdrop = try render([below(backdrop, whole)] + passed, in: whole)
  }

  /// What the layers give, held against an opaque picture unless they cannot but give it.
  ///
  /// Plain layers without a profile are laid by the arithmetic of the picture itself.
  func measured(against picture: RasterImage, limit: Double) -> StackMeasurement {
    StackMeasurement(
      of: layers.map(\.pixels), on: canvas, limit: limit,
      against: isPlain && profile == nil ? nil : picture)
  }

  private mutating func bake(_ unit: ExtractionUnit, isExact: Bool) throws {
    guard let frame = unit.frame(on: canvas) else {
      if unit.shape.isEmpty { belowBase = nil }
      drop(unit, because: .offCanvas)
      return
    }
    var alone = unit.node
    alone.attributes.isClipped = false
    var own = try alone.plainPixels(in: frame) ?? render([alone], in: frame)
    if let base = unit.shape.first {
      own.scaleAlpha(by: try render([base], in: frame))
    }
    if unit.isAdjusted {
      own = try render(
        [below(own, frame)] + unit.clippedAdjustments + unit.adjustments, in: frame)
    }
    if let backdrop {
      var pair = try beforeAndAfter(unit, frame: frame, backdrop: backdrop)
      self.backdrop?.replace(pair.after, at: frame)
      // The layers' colours are those behind all adjustments, the layer's own and those below it alike.
      if !unit.adjustments.isEmpty {
        pair.before = try render([below(pair.before, frame)] + unit.adjustments, in: frame)
        pair.after = try render([below(pair.after, frame)] + unit.adjustments, in: frame)
      }
      if isExact || !unit.isPlain {
        own = inSRGB(own)
        own.adjust(
          from: inSRGB(pair.before).overWhite(), to: inSRGB(pair.after).overWhite(),
          tolerance: isExact ? 0.5 : 1, isBlended: unit.isBlended)
      } else {
        own = inSRGB(own)
      }
    } else {
      own = inSRGB(own)
    }
    guard let pixels = PlacedImage(cropping: own, x: frame.x, y: frame.y) else {
      drop(unit, because: .empty)
      return
    }
    layers.append(
      ExtractedLayer(
        name: unit.node.attributes.name, path: "\(unit.path)", text: unit.text, pixels: pixels))
  }

  /// The picture in the frame without and with the unit.
  private mutating func beforeAndAfter(
    _ unit: ExtractionUnit, frame: PixelRectangle, backdrop: RasterImage
  ) throws -> (before: RasterImage, after: RasterImage) {
    let before = backdrop.cropped(to: frame)
    if unit.shape.isEmpty {
      belowBase = (before, frame)
      let nodes = [below(before, frame), unit.node] + unit.clippedAdjustments
      return (before, try render(nodes, in: frame))
    }
    guard let belowBase else { return (before, before) }
    let nodes =
      [below(belowBase.pixels, belowBase.frame)] + unit.shape + [unit.node]
      + unit.clippedAdjustments
    return (before, try render(nodes, in: frame))
  }

  private func below(_ pixels: RasterImage, _ frame: PixelRectangle) -> LayerNode {
    // Inside the canvas, so that the coordinates fit.
    let origin = PixelPoint(x: Int32(clamping: frame.x), y: Int32(clamping: frame.y))
    return .layer(
      Layer(attributes: LayerAttributes(name: ""), pixels: pixels, origin: origin))
  }

  private func render(
    _ nodes: [LayerNode], in frame: PixelRectangle
  ) throws -> RasterImage {
    try LayeredDocument(canvas: canvas, nodes: nodes).composite(of: frame)
  }

  private func inSRGB(_ image: RasterImage) -> RasterImage {
    profile.map(image.convertedToSRGB(from:)) ?? image
  }

  private mutating func drop(_ unit: ExtractionUnit, because reason: LayerDropReason) {
    dropped.append(
      DroppedLayer(name: unit.node.attributes.name, path: "\(unit.path)", reason: reason))
  }
}

extension LayerNode {
  /// The pixels of a layer in a rectangle, as they come out of merging it alone; `nil` where masks, opacity or dissolving
  /// have a part in it, or the rectangle is not full of pixels.
  fileprivate func plainPixels(in area: PixelRectangle) -> RasterImage? {
    guard case .layer(let layer) = self, let pixels = layer.pixels, let frame = layer.frame,
      attributes.blendMode != .dissolve, attributes.opacity == .opaque,
      attributes.fillOpacity == .opaque,
      [attributes.mask, attributes.vectorMask].allSatisfy({ $0?.isDisabled ?? true }),
      frame.shared(with: area) == area
    else { return nil }
    var own =
      frame == area
      ? pixels
      : pixels.cropped(
        to: PixelRectangle(
          x: area.x - frame.x, y: area.y - frame.y, width: area.width, height: area.height))
    own.clearHiddenColors()
    return own
  }
}

extension RasterImage {
  /// Makes pixels of alpha 0 black.
  fileprivate mutating func clearHiddenColors() {
    guard !isOpaque else { return }
    updatePixels { bytes in
      UnsafeMutableRawBufferPointer(bytes).withMemoryRebound(to: UInt32.self) { pixels in
        for index in pixels.indices where UInt32(littleEndian: pixels[index]) >> 24 == 0 {
          pixels[index] = 0
        }
      }
    }
  }

  /// Multiplies alpha by that of an image of the same size.
  fileprivate mutating func scaleAlpha(by other: RasterImage) {
    other.pixels.withUnsafeBufferPointer { source in
      updatePixels { bytes in
        for alpha in stride(from: 3, to: bytes.count, by: 4) {
          bytes[alpha] = UInt8((UInt32(bytes[alpha]) * UInt32(source[alpha]) + 127) / 255)
        }
      }
    }
  }

  /// Puts an image in the place of the pixels there.
  fileprivate mutating func replace(_ image: RasterImage, at frame: PixelRectangle) {
    let width = size.width
    image.pixels.withUnsafeBufferPointer { source in
      updatePixels { target in
        let length = frame.width * 4
        for row in 0..<frame.height {
          let first = ((frame.y + row) * width + frame.x) * 4
          _ = UnsafeMutableBufferPointer(rebasing: target[first..<first + length]).update(
            fromContentsOf: source[row * length..<(row + 1) * length])
        }
      }
    }
  }

  /// Changes pixels so that they, laid over one opaque picture, give another.
  ///
  /// Those that do already stay. For the others alpha is as small as it can be where the layer blends, which leaves
  /// the tint and not what shines through it; else it stays as it is unless colours would leave their range.
  fileprivate mutating func adjust(
    from before: RasterImage, to after: RasterImage, tolerance: Float, isBlended: Bool
  ) {
    before.pixels.withUnsafeBufferPointer { before in
      after.pixels.withUnsafeBufferPointer { after in
        updatePixels { own in
          for first in stride(from: 0, to: own.count, by: 4) {
            let old = SIMD3(
              Float(before[first]), Float(before[first + 1]), Float(before[first + 2]))
            let new = SIMD3(Float(after[first]), Float(after[first + 1]), Float(after[first + 2]))
            let color = SIMD3(Float(own[first]), Float(own[first + 1]), Float(own[first + 2]))
            let share = Float(own[first + 3]) / 255
            let difference = old + (color - old) * share - new
            if max(difference.max(), -difference.min()) <= tolerance { continue }
            let alpha = leastAlpha(from: old, to: new, atLeast: isBlended ? 0 : share)
            let wanted = alpha > 0 ? old + (new - old) / alpha : .zero
            for channel in 0..<3 {
              own[first + channel] = UInt8(max(0, min(255, wanted[channel].rounded())))
            }
            own[first + 3] = UInt8((alpha * 255).rounded())
          }
        }
      }
    }
  }
}

/// The smallest alpha, a whole number of 255ths, at which some colour laid over `old` gives `new`.
private func leastAlpha(
  from old: SIMD3<Float>, to new: SIMD3<Float>, atLeast share: Float
) -> Float {
  guard old != new else { return 0 }
  var least = share
  for channel in 0..<3 {
    let step = new[channel] - old[channel]
    if step > 0 { least = max(least, step / (255 - old[channel])) }
    if step < 0 { least = max(least, -step / old[channel]) }
  }
  return min(1, max(1, (least * 255).rounded(.up)) / 255)
}
