import DocumentModel
import Raster

/// What is needed of a visible layer or group to draw it, worked out once for all tiles.
struct CompositingNode: Sendable {
  enum Content: Sendable {
    case pixels(RasterImage, at: PixelPoint)
    case members([CompositingNode])
    /// One colour everywhere.
    case color(RGBAPixel)
    /// No pixels, but a change of what is below.
    case adjustment(Adjustment)
  }

  let content: Content

  /// The layers and groups above that are clipped to this one, back to front.
  let clipped: [CompositingNode]

  /// The rectangle outside of which nothing is drawn; `nil` where nothing is drawn at all.
  let bounds: PixelRectangle?

  let mode: BlendMode
  let opacity: Float
  private let isFillWhole: Bool
  let masks: [LayerMask]

  /// The nodes to draw of some siblings.
  ///
  /// A hidden base hides what is clipped to it. Clipped siblings below every base are drawn unclipped.
  ///
  /// - Parameters:
  ///   - siblings: Back to front.
  ///   - region: All that is drawn; what has no end of its own, such as an adjustment, ends there.
  /// - Returns: Back to front.
  static func drawn(of siblings: [LayerNode], in region: PixelRectangle) -> [CompositingNode] {
    var nodes: [CompositingNode] = []
    var rest = siblings[...]
    while let base = rest.popFirst() {
      // At the very back there is nothing to be clipped to, whatever the attribute says.
      let run = base.attributes.isClipped ? [] : rest.prefix { $0.attributes.isClipped }
      rest = rest.dropFirst(run.count)
      guard base.isDrawn else { continue }
      let clipped = run.filter(\.isDrawn).map { CompositingNode($0, clipped: [], in: region) }
      nodes.append(CompositingNode(base, clipped: clipped, in: region))
    }
    return nodes
  }

  private init(_ node: LayerNode, clipped: [CompositingNode], in region: PixelRectangle) {
    var shape: LayerMask?
    switch node {
    case .layer(let layer):
      if let pixels = layer.pixels {
        content = .pixels(pixels, at: layer.origin)
        bounds = layer.frame
      } else if let adjustment = layer.adjustment {
        content = .adjustment(adjustment)
        bounds = region
      } else if let fill = layer.fill {
        content = .color(fill.color)
        bounds = fill.frame(at: layer.origin) ?? region
        shape = fill.shape?.moved(by: layer.origin)
      } else {
        content = .members([])
        bounds = nil
      }
    case .group(let group):
      let members = Self.drawn(of: group.children, in: region)
      content = .members(members)
      bounds = members.compactMap(\.bounds).reduce(nil) { $0?.union($1) ?? $1 }
    }
    let attributes = node.attributes
    self.clipped = clipped
    mode = attributes.blendMode
    opacity = Float(attributes.opacity.fraction * attributes.fillOpacity.fraction)
    isFillWhole = attributes.fillOpacity == .opaque
    masks = [attributes.mask, attributes.vectorMask, shape].compactMap { $0 }.filter {
      !$0.isDisabled
    }
  }

  /// Whether the members meet the backdrop itself.
  ///
  /// As in Photoshop, adjustments do so only where nothing is clipped to the group and its fill is whole.
  var isPassThrough: Bool {
    guard case .members(let members) = content, mode == .passThrough else { return false }
    return clipped.isEmpty && isFillWhole || !members.contains(where: \.isAdjusting)
  }

  /// Whether it changes what is below it, or its members do.
  private var isAdjusting: Bool {
    switch content {
    case .adjustment: true
    case .members(let members): mode == .passThrough && members.contains(where: \.isAdjusting)
    case .pixels, .color: false
    }
  }
}

extension LayerNode {
  fileprivate var isDrawn: Bool {
    attributes.isVisible && attributes.opacity.fraction > 0 && attributes.fillOpacity.fraction > 0
  }
}

extension PixelRectangle {
  /// The smallest rectangle that holds both.
  func union(_ other: PixelRectangle) -> PixelRectangle {
    let left = min(x, other.x)
    let top = min(y, other.y)
    return PixelRectangle(
      x: left, y: top, width: max(x + width, other.x + other.width) - left,
      height: max(y + height, other.y + other.height) - top)
  }

  /// What both share; `nil` where they share nothing.
  func intersection(_ other: PixelRectangle) -> PixelRectangle? {
    let left = max(x, other.x)
    let top = max(y, other.y)
    let width = min(x + self.width, other.x + other.width) - left
    let height = min(y + self.height, other.y + other.height) - top
    guard width > 0, height > 0 else { return nil }
    return PixelRectangle(x: left, y: top, width: width, height: height)
  }
}
