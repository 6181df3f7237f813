import DocumentModel
import Raster

/// What ``LayeredDocument/simplified()`` merged or left out.
package enum Simplification: Hashable, Sendable {
  /// Masks, or a run of clipped layers, were merged into one layer, cropped to the canvas.
  case merged(node: String)

  /// A mask that is switched off was left out.
  case switchedOffMask(node: String)

  /// Fill opacity went into opacity.
  case fillOpacity(node: String)

  /// A feature that is not drawn, or not by pixels, was left out.
  case leftOut(node: String, LayerFeature)
}

extension Simplification: CustomStringConvertible {
  /// One line.
  package var description: String {
    switch self {
    case .merged(let node):
      "\(node.debugDescription): masks and clipping are merged into its pixels"
    case .switchedOffMask(let node):
      "\(node.debugDescription): a mask that is switched off cannot be stored"
    case .fillOpacity(let node):
      "\(node.debugDescription): fill opacity is stored as opacity"
    case .leftOut(let node, let feature):
      "\(node.debugDescription): \(feature.name) cannot be stored"
    }
  }
}

extension LayeredDocument {
  /// The same picture of layers and groups that have names, places, opacity, visibility and blend modes
  /// and nothing else, for formats that hold no more.
  ///
  /// A layer or group with masks that are switched on, or with others clipped to it, becomes one layer of
  /// merged pixels with the opacity, visibility and blend mode of the base. Where nothing of it lies on
  /// the canvas it keeps its place in the tree, without pixels.
  ///
  /// - Throws: `RasterError`, or `DocumentError` for the tree.
  package func simplified() throws -> (document: LayeredDocument, changes: [Simplification]) {
    var simplifier = Simplifier(canvas: canvas)
    let nodes = try simplifier.simplified(nodes)
    return (try withNodes(nodes), simplifier.changes)
  }
}

/// Simplifies siblings and notes what that changes; recursion is bounded by the height of groups.
private struct Simplifier {
  let canvas: PixelSize
  var changes: [Simplification] = []

  mutating func simplified(_ siblings: [LayerNode]) throws -> [LayerNode] {
    var nodes: [LayerNode] = []
    var rest = siblings[...]
    while let base = rest.popFirst() {
      let run = base.attributes.isClipped ? [] : rest.prefix { $0.attributes.isClipped }
      rest = rest.dropFirst(run.count)
      if run.isEmpty, base.isFill {
        note(base)
        nodes.append(.layer(try merged(base, with: [])))
      } else if run.isEmpty, !base.attributes.hasEffectiveMask {
        note(base)
        nodes.append(try plain(base))
      } else {
        for node in [base] + run { noteAll(in: node) }
        changes.append(.merged(node: base.attributes.name))
        nodes.append(.layer(try merged(base, with: Array(run))))
      }
    }
    return nodes
  }

  private mutating func plain(_ node: LayerNode) throws -> LayerNode {
    switch node {
    case .layer(var layer):
      layer.attributes = node.attributes.simplified
      return .layer(layer)
    case .group(let group):
      return .group(
        try LayerGroup(
          attributes: node.attributes.simplified, children: simplified(group.children),
          isExpanded: group.isExpanded))
    }
  }

  /// A node and what is clipped to it as one layer that blends as the node does.
  private func merged(_ base: LayerNode, with clipped: [LayerNode]) throws -> Layer {
    var attributes = base.attributes.simplified
    attributes.source = .none
    var shown = base
    shown.attributes.isVisible = true
    shown.attributes.opacity = .opaque
    shown.attributes.fillOpacity = .opaque
    shown.attributes.blendMode = .normal
    shown.attributes.isClipped = false
    let nodes = [shown] + clipped
    let whole = PixelRectangle(origin: .zero, size: canvas)
    let drawn = CompositingNode.drawn(of: nodes, in: whole)
    guard let bounds = drawn.first?.bounds?.intersection(whole) else {
      return Layer(attributes: attributes, pixels: nil)
    }
    let picture = try LayeredDocument(canvas: canvas, nodes: nodes).composite(of: bounds)
    guard let box = picture.boundingBox else { return Layer(attributes: attributes, pixels: nil) }
    return Layer(
      attributes: attributes, pixels: picture.cropped(to: box),
      origin: PixelPoint(
        x: Int32(clamping: bounds.x + box.x), y: Int32(clamping: bounds.y + box.y)))
  }

  private mutating func noteAll(in node: LayerNode) {
    note(node)
    for child in node.children { noteAll(in: child) }
  }

  private mutating func note(_ node: LayerNode) {
    let attributes = node.attributes
    for feature in attributes.features where !feature.isRendered || feature.kind == .adjustment {
      changes.append(.leftOut(node: attributes.name, feature))
    }
    if attributes.masks.contains(where: \.isDisabled) {
      changes.append(.switchedOffMask(node: attributes.name))
    }
    if attributes.fillOpacity != .opaque { changes.append(.fillOpacity(node: attributes.name)) }
  }
}

extension LayeredDocument {
  /// The same document with pixels in the place of fills, cropped to the canvas and without the layers' masks.
  ///
  /// - Throws: `RasterError`, or `DocumentError` for the tree.
  package func drawingFills() throws -> LayeredDocument {
    /// Recursion is bounded by the height of groups.
    func drawn(_ node: LayerNode) throws -> LayerNode {
      switch node {
      case .group(let group): return .group(try group.withChildren(group.children.map(drawn)))
      case .layer(let layer):
        guard node.isFill else { return node }
        var bare = layer
        bare.attributes = LayerAttributes(name: "")
        var result = layer
        result.fill = nil
        result.origin = .zero
        let picture = try LayeredDocument(canvas: canvas, nodes: [.layer(bare)]).composite()
        if let box = picture.boundingBox {
          result.pixels = picture.cropped(to: box)
          result.origin = PixelPoint(x: Int32(clamping: box.x), y: Int32(clamping: box.y))
        }
        return .layer(result)
      }
    }
    return try withNodes(nodes.map(drawn))
  }
}

extension LayerNode {
  /// Whether it is a layer that shows a fill in the place of pixels.
  fileprivate var isFill: Bool {
    if case .layer(let layer) = self { layer.pixels == nil && layer.fill != nil } else { false }
  }
}

extension LayerAttributes {
  fileprivate var masks: [LayerMask] { [mask, vectorMask].compactMap { $0 } }

  fileprivate var hasEffectiveMask: Bool { !masks.allSatisfy(\.isDisabled) }

  /// The attributes without masks and clipping, and with one opacity.
  fileprivate var simplified: LayerAttributes {
    var attributes = self
    attributes.mask = nil
    attributes.vectorMask = nil
    attributes.isClipped = false
    attributes.opacity = Opacity(fraction: opacity.fraction * fillOpacity.fraction) ?? .opaque
    attributes.fillOpacity = .opaque
    return attributes
  }
}
