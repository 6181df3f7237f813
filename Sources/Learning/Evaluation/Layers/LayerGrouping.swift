import Raster

/// Layers that do not overlap, flattened into one, from the front.
enum LayerGrouping {
  /// Groups layers, back to front, as the protocol does with both lists.
  ///
  /// All layers that share no pixel with a later one of those that remain make a group, the front one first; empty layers
  /// share none and join the front.
  ///
  /// - Parameter layers: Of one size.
  /// - Returns: The groups back to front, each its layers over one another.
  /// - Throws: `RasterError` never, for layers of one size.
  static func grouped(_ layers: [RasterImage]) throws(RasterError) -> [EvaluatedLayer] {
    let evaluated = layers.map(EvaluatedLayer.init)
    var merged: [EvaluatedLayer] = []
    for group in groups(of: evaluated) {
      guard var image = group.first.map({ layers[$0] }) else { continue }
      for index in group.dropFirst() { image = try image.composited(under: layers[index]) }
      merged.append(group.count == 1 ? evaluated[group[0]] : EvaluatedLayer(image))
    }
    return merged
  }

  /// Which layers make a group, the groups and the places in each from the back.
  static func groups(of layers: [EvaluatedLayer]) -> [[Int]] {
    var remaining = Array(layers.indices)
    var groups: [[Int]] = []
    while !remaining.isEmpty {
      let top = remaining.enumerated().filter { place, index in
        !remaining[(place + 1)...].contains { layers[index].overlaps(layers[$0]) }
      }.map(\.element)
      remaining.removeAll(where: top.contains)
      groups.append(top)
    }
    return groups.reversed()
  }
}
