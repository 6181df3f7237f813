/// Layers and groups that are treated as one.
///
/// With blend mode ``BlendMode/passThrough`` the members blend with what lies below the group; with any
/// other the group is isolated: merged by itself, then laid over what is below.
package struct LayerGroup: Hashable, Sendable {
  /// Name, opacity, blend mode, masks and the like.
  package var attributes: LayerAttributes

  /// The members, back to front.
  package let children: [LayerNode]

  /// Whether an editor shows the members; of no matter for the picture.
  package var isExpanded: Bool

  /// How many groups lie one in another here, this one included: 1...``maximumHeight``.
  package let height: Int

  /// How many layers and groups there are here at any depth, this group included.
  package let nodeCount: Int

  /// The most groups that may lie one in another, so that recursion over a tree is bounded.
  package static let maximumHeight = 64

  /// Makes a group of its members.
  ///
  /// - Throws: ``DocumentError/nestingTooDeep`` or ``DocumentError/tooManyNodes(found:)``.
  package init(
    attributes: LayerAttributes, children: [LayerNode], isExpanded: Bool = true
  ) throws(DocumentError) {
    let height = 1 + (children.lazy.map(\.height).max() ?? 0)
    guard height <= Self.maximumHeight else { throw .nestingTooDeep }
    nodeCount = try checkedNodeCount(of: children, startingAt: 1)
    self.attributes = attributes
    self.children = children
    self.isExpanded = isExpanded
    self.height = height
  }

  /// Whether the members blend with what lies below the group.
  package var isPassThrough: Bool { attributes.blendMode == .passThrough }

  /// The same group with other members.
  ///
  /// - Throws: ``DocumentError/nestingTooDeep`` or ``DocumentError/tooManyNodes(found:)``.
  package func withChildren(_ children: [LayerNode]) throws(DocumentError) -> LayerGroup {
    try LayerGroup(attributes: attributes, children: children, isExpanded: isExpanded)
  }
}

/// `start` and the number of layers and groups in a tree; no group has more than the limit.
///
/// - Throws: ``DocumentError/tooManyNodes(found:)``.
func checkedNodeCount(
  of nodes: [LayerNode], startingAt start: Int
) throws(DocumentError) -> Int {
  let count = nodes.reduce(start) { $0 + $1.nodeCount }
  guard count <= LayeredDocument.maximumNodeCount else { throw .tooManyNodes(found: count) }
  return count
}
