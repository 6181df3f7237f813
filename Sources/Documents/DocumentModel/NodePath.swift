/// The way from the root of a document to a layer or group: an index at each level, 0 at the back.
package struct NodePath: Hashable, Sendable, CustomStringConvertible {
  /// The index among the root nodes, then among the members of that group, and so on.
  package let indices: [Int]

  /// Makes a path of its indices.
  package init(_ indices: [Int]) {
    self.indices = indices
  }

  /// How many groups the node lies in.
  package var depth: Int { max(0, indices.count - 1) }

  /// The indices as in "2/0/1".
  package var description: String { indices.map(String.init).joined(separator: "/") }
}

extension LayeredDocument {
  /// A layer or group with the way to it.
  package struct Entry: Hashable, Sendable {
    /// The way from the root.
    package let path: NodePath

    /// The layer, or the group with all its members.
    package let node: LayerNode
  }

  /// Every layer and group back to front, a group before its members.
  package var entries: [Entry] {
    var entries: [Entry] = []
    append(nodes, below: [], to: &entries)
    return entries
  }

  /// Every layer back to front, at any depth.
  package var layers: [Layer] {
    entries.compactMap { entry in
      if case .layer(let layer) = entry.node { layer } else { nil }
    }
  }

  /// The layer or group at a path; `nil` where there is none.
  package subscript(path: NodePath) -> LayerNode? {
    var members = nodes
    var found: LayerNode?
    for index in path.indices {
      guard members.indices.contains(index) else { return nil }
      found = members[index]
      members = members[index].children
    }
    return found
  }

  /// The same document with the node at `path` replaced by others: none removes it, several insert.
  ///
  /// - Throws: ``DocumentError/noSuchNode(_:)``, or the errors of making groups and documents.
  package func replacing(
    _ path: NodePath, with replacement: [LayerNode]
  ) throws(DocumentError) -> LayeredDocument {
    let newNodes = try replaced(
      path.indices[...], in: nodes, with: replacement, path: path)
    return try withNodes(newNodes)
  }

  private func append(_ nodes: [LayerNode], below path: [Int], to entries: inout [Entry]) {
    for (index, node) in nodes.enumerated() {
      entries.append(Entry(path: NodePath(path + [index]), node: node))
      append(node.children, below: path + [index], to: &entries)
    }
  }
}

/// `nodes` with the one at `indices` replaced; recursion is bounded by the height of groups.
private func replaced(
  _ indices: ArraySlice<Int>, in nodes: [LayerNode], with replacement: [LayerNode], path: NodePath
) throws(DocumentError) -> [LayerNode] {
  guard let index = indices.first, nodes.indices.contains(index) else { throw .noSuchNode(path) }
  var result = nodes
  guard indices.count > 1 else {
    result.replaceSubrange(index...index, with: replacement)
    return result
  }
  guard case .group(let group) = nodes[index] else { throw .noSuchNode(path) }
  let children = try replaced(
    indices.dropFirst(), in: group.children, with: replacement, path: path)
  result[index] = .group(try group.withChildren(children))
  return result
}
