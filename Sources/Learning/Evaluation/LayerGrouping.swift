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
    var remaining = Array(layers.indices)
    var groups: [EvaluatedLayer] = []
    while !remaining.isEmpty {
      let top = remaining.enumerated().filter { place, index in
        !remaining[(place + 1)...].contains { evaluated[index].overlaps(evaluated[$0]) }
      }.map(\.element)
      remaining.removeAll(where: top.contains)
      guard var merged = top.first.map({ layers[$0] }) else { break }
      for index in top.dropFirst() { merged = try merged.composited(under: layers[index]) }
      groups.append(top.count == 1 ? evaluated[top[0]] : EvaluatedLayer(merged))
    }
    return groups.reversed()
  }
}
