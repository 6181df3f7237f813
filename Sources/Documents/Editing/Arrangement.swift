import DocumentModel

extension LayeredDocument {
  /// The siblings of the node at a path, itself included; they exist where it does.
  private func siblings(of path: NodePath) -> [LayerNode] {
    let parent = path.indices.dropLast()
    return parent.isEmpty ? nodes : self[NodePath(Array(parent))]?.children ?? []
  }

  /// The document with other siblings at a path.
  private func withSiblings(
    _ siblings: [LayerNode], of path: NodePath
  ) throws(EditingError) -> LayeredDocument {
    let parent = NodePath(Array(path.indices.dropLast()))
    do throws(DocumentError) {
      guard !parent.indices.isEmpty else { return try withNodes(siblings) }
      guard case .group(let group)? = self[parent] else { throw .noSuchNode(path) }
      return try replacing(parent, with: [.group(group.withChildren(siblings))])
    } catch {
      throw .document(error)
    }
  }

  /// Moves a node among its siblings.
  ///
  /// `place` gives the new place of the old one and the number of siblings.
  func arranged(
    at path: NodePath, to place: (_ index: Int, _ count: Int) -> Int
  ) throws(EditingError) -> EditedDocument {
    var siblings = siblings(of: path)
    guard let index = path.indices.last, siblings.indices.contains(index) else {
      throw .document(.noSuchNode(path))
    }
    let newIndex = place(index, siblings.count)
    guard siblings.indices.contains(newIndex) else {
      throw .noSuchIndex(newIndex, siblingCount: siblings.count)
    }
    siblings.insert(siblings.remove(at: index), at: newIndex)
    return EditedDocument(
      document: try withSiblings(siblings, of: path),
      path: NodePath(path.indices.dropLast() + [newIndex]))
  }

  /// Puts a copy of a node in front of it and of what is clipped to it.
  func duplicated(
    _ node: LayerNode, at path: NodePath
  ) throws(EditingError) -> EditedDocument {
    var siblings = siblings(of: path)
    guard let index = path.indices.last, siblings.indices.contains(index) else {
      throw .document(.noSuchNode(path))
    }
    var copy = try node.withoutOrigin()
    copy.attributes.name += " copy"
    let run = node.attributes.isClipped ? 0 : siblings.clippedCount(to: index)
    siblings.insert(copy, at: index + 1 + run)
    return EditedDocument(document: try withSiblings(siblings, of: path), path: path)
  }

  /// Wraps a node in a group that shows what the node alone showed.
  ///
  /// The group passes through. Where clipping is involved it cannot: there it takes over the node's
  /// blend mode and its clipping.
  func wrapped(
    _ node: LayerNode, at path: NodePath, named name: String
  ) throws(EditingError) -> EditedDocument {
    let siblings = siblings(of: path)
    var attributes = LayerAttributes(name: name, blendMode: .passThrough)
    var member = node
    let isBase = path.indices.last.map { siblings.clippedCount(to: $0) > 0 } ?? false
    if node.attributes.isClipped || isBase {
      attributes.blendMode = node.attributes.blendMode
      attributes.isClipped = node.attributes.isClipped
      member.attributes.isClipped = false
      if member.attributes.blendMode != .passThrough { member.attributes.blendMode = .normal }
    }
    let group: LayerGroup
    do throws(DocumentError) {
      group = try LayerGroup(attributes: attributes, children: [member])
    } catch {
      throw .document(error)
    }
    return EditedDocument(
      document: try replaced(path, by: [.group(group)]), path: NodePath(path.indices + [0]))
  }
}

extension [LayerNode] {
  /// How many of these are clipped to the one at an index.
  fileprivate func clippedCount(to index: Int) -> Int {
    dropFirst(index + 1).prefix { $0.attributes.isClipped }.count
  }
}

extension LayerNode {
  /// The node as one that no file holds yet: without the numbers by which a file knows layers.
  fileprivate func withoutOrigin() throws(EditingError) -> LayerNode {
    var node = try mapChildren { child throws(EditingError) in try child.withoutOrigin() }
    node.attributes.source = .none
    // The number of a layer in PSD, by which other blocks name it.
    node.attributes.preserved.removeAll { $0.format == "psd" && $0.key == "lyid" }
    return node
  }

  /// The node with its members changed; recursion is bounded by the height of groups.
  func mapChildren(
    _ change: (LayerNode) throws(EditingError) -> LayerNode
  ) throws(EditingError) -> LayerNode {
    guard case .group(let group) = self else { return self }
    var children: [LayerNode] = []
    for child in group.children { children.append(try change(child)) }
    do throws(DocumentError) {
      return .group(try group.withChildren(children))
    } catch {
      throw .document(error)
    }
  }
}
