/// A member of the tree of a document.
package indirect enum LayerNode: Hashable, Sendable {
  /// Pixels.
  case layer(Layer)

  /// Members that are treated as one.
  case group(LayerGroup)
}

extension LayerNode {
  /// Name, opacity, blend mode, masks and the like.
  package var attributes: LayerAttributes {
    get {
      switch self {
      case .layer(let layer): layer.attributes
      case .group(let group): group.attributes
      }
    }
    set {
      switch self {
      case .layer(var layer):
        layer.attributes = newValue
        self = .layer(layer)
      case .group(var group):
        group.attributes = newValue
        self = .group(group)
      }
    }
  }

  /// The members of a group; none for a layer.
  package var children: [LayerNode] {
    switch self {
    case .layer: []
    case .group(let group): group.children
    }
  }

  /// How many groups lie one in another here: 0 for a layer.
  package var height: Int {
    switch self {
    case .layer: 0
    case .group(let group): group.height
    }
  }

  /// How many layers and groups there are here at any depth, this one included.
  package var nodeCount: Int {
    switch self {
    case .layer: 1
    case .group(let group): group.nodeCount
    }
  }
}
