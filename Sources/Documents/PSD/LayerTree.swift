import DocumentModel

/// The tree in the making: layers come from the bottom up, a group's end before its members and its
/// beginning, which has its name, after them.
struct LayerTree {
  /// The members so far of each open group; the first are those of the document itself.
  private var levels: [[LayerNode]] = [[]]
  /// What was repaired.
  var warnings: [ReadingWarning] = []

  /// Adds a layer or a group to the innermost open group.
  mutating func append(_ node: LayerNode) {
    levels[levels.count - 1].append(node)
  }

  /// Begins to collect the members of a group.
  ///
  /// - Throws: `DocumentError.nestingTooDeep`.
  mutating func openGroup() throws(DocumentError) {
    guard levels.count <= LayerGroup.maximumHeight else { throw .nestingTooDeep }
    levels.append([])
  }

  /// Makes a group of what was collected.
  ///
  /// - Throws: `DocumentError.nestingTooDeep`.
  mutating func closeGroup(
    index: Int, attributes: LayerAttributes, isExpanded: Bool
  ) throws(DocumentError) {
    var children: [LayerNode] = []
    if levels.count > 1 {
      children = levels.removeLast()
    } else {
      warnings.append(ReadingWarning(layer: index, reason: .groupWithoutEnd))
    }
    let group = try LayerGroup(
      attributes: attributes, children: children, isExpanded: isExpanded)
    append(.group(group))
  }

  /// The nodes of the document; members of groups that never began join the group around them.
  mutating func finish() -> [LayerNode] {
    while levels.count > 1 {
      let members = levels.removeLast()
      levels[levels.count - 1] += members
      warnings.append(ReadingWarning(layer: nil, reason: .groupWithoutBeginning))
    }
    return levels[0]
  }
}
