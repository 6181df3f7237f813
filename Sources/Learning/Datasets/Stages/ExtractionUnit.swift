import DocumentModel
import Raster

/// A part of a document that becomes one layer: a layer, or a group whose members cannot be told apart.
struct ExtractionUnit {
  let node: LayerNode
  let path: NodePath
  /// What it is clipped to and what is clipped to that below it, back to front; none where it is not clipped.
  let shape: [LayerNode]
  /// Adjustments in front that are clipped to the same layer, or to this one.
  var clippedAdjustments: [LayerNode] = []
  /// Adjustments in front that change all that lies below them, with what is clipped to these.
  var adjustments: [LayerNode] = []

  /// Whether its own pixels, laid over those below, are what the document shows.
  var isPlain: Bool {
    shape.isEmpty && !isAdjusted
      && (node.attributes.blendMode == .normal || node.isPlainPassThroughLayer)
  }

  /// Whether its colours are changed by adjustments, which it takes over.
  var isAdjusted: Bool { !(clippedAdjustments.isEmpty && adjustments.isEmpty) }

  /// Whether its pixels stand for a colour that is mixed with those below.
  var isBlended: Bool {
    ![.normal, .passThrough, .dissolve].contains(node.attributes.blendMode)
  }

  /// The words of the layer, where it is one of text.
  var text: String? {
    if case .layer(let layer) = node { layer.text?.string } else { nil }
  }

  /// The rectangle outside of which it shows nothing; `nil` where it shows nothing at all.
  func frame(on canvas: PixelSize) -> PixelRectangle? {
    let whole = PixelRectangle(covering: canvas)
    let reach = node.changesWhatIsBelow ? whole : node.frame(in: whole)
    guard let own = reach?.shared(with: whole) else { return nil }
    guard let base = shape.first else { return own }
    return base.frame(in: whole).flatMap { own.shared(with: $0) }
  }
}

/// The units of a tree, back to front, and what is left out because it does not show.
struct ExtractionUnits {
  private(set) var units: [ExtractionUnit] = []
  private(set) var dropped: [DroppedLayer] = []
  /// What visible layers and groups have that is not drawn.
  private(set) var notRendered: Set<String> = []
  /// Places in the file of layers that are broken.
  private let broken: Set<Int>
  /// Adjustments that are clipped to nothing, with what is clipped to them, and how many units lie below.
  private var adjustments: [(nodes: [LayerNode], unitCount: Int)] = []

  init(of document: LayeredDocument, broken: Set<Int>) {
    self.broken = broken
    visit(document.nodes, at: [])
    for adjustment in adjustments {
      for index in units.indices.prefix(adjustment.unitCount) {
        units[index].adjustments += adjustment.nodes
      }
    }
  }

  /// Whether a broken layer was left out, so that the picture is not that of the file.
  var lacksBrokenLayers: Bool { dropped.contains { $0.reason == .corrupt } }

  /// Recursion is bounded by the height of groups.
  private mutating func visit(_ siblings: [LayerNode], at path: [Int]) {
    var index = 0
    while index < siblings.count {
      let base = siblings[index]
      var end = index + 1
      // At the very back there is nothing to be clipped to.
      while !base.attributes.isClipped, end < siblings.count, siblings[end].attributes.isClipped {
        end += 1
      }
      visit(base, clipped: Array(siblings[index + 1..<end]), at: path, index: index)
      index = end
    }
  }

  private mutating func visit(
    _ base: LayerNode, clipped: [LayerNode], at path: [Int], index: Int
  ) {
    if let reason = invisibility(of: base) {
      for (offset, node) in ([base] + clipped).enumerated() {
        drop(node, at: path + [index + offset], because: reason)
      }
      return
    }
    note(base)
    if clipped.isEmpty, case .group(let group) = base, group.isTransparentToMembers {
      visit(group.children, at: path + [index])
      return
    }
    var base = base
    base.attributes.isClipped = false
    var shape = [base]
    var first = units.count
    var isAdjustment = base.isAdjustment
    if case .group = base, base.changesWhatIsBelow, clipped.contains(where: \.isShown) {
      // Adjustments in a group to which something is clipped change nothing but the group.
      base.attributes.blendMode = .normal
      shape = [base]
      isAdjustment = false
    }
    if isAdjustment {
      drop(base, at: path + [index], because: .bakedAdjustment)
      first = .max
    } else {
      append(ExtractionUnit(node: base, path: NodePath(path + [index]), shape: []))
    }
    for (offset, node) in clipped.enumerated() {
      let place = path + [index + 1 + offset]
      if let reason = invisibility(of: node) {
        drop(node, at: place, because: reason)
        continue
      }
      note(node)
      if node.isAdjustment || isAdjustment {
        // What is clipped to an adjustment goes into the colours below along with it.
        drop(node, at: place, because: .bakedAdjustment)
        for unit in units.indices where unit >= first {
          units[unit].clippedAdjustments.append(node)
        }
      } else {
        append(ExtractionUnit(node: node, path: NodePath(place), shape: shape))
      }
      shape.append(node)
    }
    if isAdjustment { adjustments.append((shape, units.count)) }
  }

  private mutating func append(_ unit: ExtractionUnit) {
    units.append(unit)
    // What is inside a group that stays whole is not drawn either way.
    for child in unit.node.children { noteAll(child) }
  }

  private func invisibility(of node: LayerNode) -> LayerDropReason? {
    let attributes = node.attributes
    if !attributes.isVisible { return .hidden }
    if attributes.opacity.fraction == 0 || attributes.fillOpacity.fraction == 0 {
      return .opacityZero
    }
    if let place = attributes.source.index, broken.contains(place) { return .corrupt }
    guard case .layer(let layer) = node, layer.pixels == nil, layer.adjustment == nil,
      layer.fill == nil
    else { return nil }
    return attributes.features.contains { $0.kind == .adjustment } ? .adjustmentOnly : .noPixels
  }

  private mutating func drop(_ node: LayerNode, at path: [Int], because reason: LayerDropReason) {
    if reason != .hidden && reason != .opacityZero { note(node) }
    guard case .group(let group) = node else {
      dropped.append(
        DroppedLayer(name: node.attributes.name, path: "\(NodePath(path))", reason: reason))
      return
    }
    for (index, child) in group.children.enumerated() {
      drop(child, at: path + [index], because: reason)
    }
  }

  private mutating func note(_ node: LayerNode) {
    for feature in node.attributes.features where !feature.isRendered {
      notRendered.insert(feature.name)
    }
  }

  private mutating func noteAll(_ node: LayerNode) {
    guard node.attributes.isVisible else { return }
    note(node)
    for child in node.children { noteAll(child) }
  }
}

extension LayerGroup {
  /// Whether the members laid over what is below, one by one, are what the group shows.
  fileprivate var isTransparentToMembers: Bool {
    guard attributes.opacity.fraction == 1, attributes.fillOpacity.fraction == 1,
      [attributes.mask, attributes.vectorMask].allSatisfy({ $0?.isDisabled ?? true })
    else { return false }
    switch attributes.blendMode {
    case .passThrough: return true
    // Members of an isolated group blend with each other only.
    case .normal: return children.allSatisfy(\.isNormalThroughout)
    default: return false
    }
  }
}

extension LayerNode {
  /// Whether it is neither switched off nor wholly transparent.
  fileprivate var isShown: Bool {
    attributes.isVisible && attributes.opacity.fraction > 0 && attributes.fillOpacity.fraction > 0
  }

  /// Whether it has no pixels and changes the colours below: an adjustment, or a group that lets such through.
  fileprivate var isAdjustment: Bool {
    switch self {
    case .layer(let layer): layer.pixels == nil && layer.adjustment != nil
    case .group(let group):
      changesWhatIsBelow
        && !group.children.contains { $0.attributes.isVisible && !$0.isAdjustment }
    }
  }

  /// Whether an adjustment in it reaches what is below it.
  fileprivate var changesWhatIsBelow: Bool {
    switch self {
    case .layer: isAdjustment
    case .group(let group):
      group.attributes.blendMode == .passThrough && group.attributes.fillOpacity == .opaque
        && group.children.contains { $0.attributes.isVisible && $0.changesWhatIsBelow }
    }
  }

  fileprivate var isNormalThroughout: Bool {
    [.normal, .passThrough].contains(attributes.blendMode) && !isAdjustment
      && children.allSatisfy(\.isNormalThroughout)
  }

  /// On a layer pass-through means normal.
  fileprivate var isPlainPassThroughLayer: Bool {
    if case .layer = self { attributes.blendMode == .passThrough } else { false }
  }

  /// The rectangle of all pixels at any depth; fills without an end end with the canvas.
  fileprivate func frame(in canvas: PixelRectangle) -> PixelRectangle? {
    switch self {
    case .layer(let layer):
      layer.frame ?? layer.fill.map { $0.frame(at: layer.origin) ?? canvas }
    case .group(let group):
      group.children.compactMap { $0.frame(in: canvas) }.reduce(nil) {
        $0?.joined(with: $1) ?? $1
      }
    }
  }
}
