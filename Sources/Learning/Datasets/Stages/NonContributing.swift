import Raster

extension [ExtractedLayer] {
  /// The layers without those that the picture does not need.
  ///
  /// What a layer changes where it is laid, times what shines through the layers above, is what the picture would
  /// change without it. Layers that change nothing at once are identical to what is below them. Where many small
  /// changes add up to more than the limit, the layers that change most stay.
  ///
  /// - Parameters:
  ///   - canvas: The size of the picture.
  ///   - limit: The most by which any channel of any pixel may change without them, alpha included, in levels.
  /// - Returns: The others in their order, and those left out with the reason.
  /// - Throws: `RasterError` for the canvas.
  package func withoutNonContributing(
    on canvas: PixelSize, limit: Double
  ) throws(RasterError) -> (kept: [ExtractedLayer], dropped: [DroppedLayer]) {
    try withoutNonContributing(
      on: canvas, limit: limit,
      StackMeasurement(of: map(\.pixels), on: canvas, limit: limit))
  }

  /// ``withoutNonContributing(on:limit:)`` of layers whose contributions were measured before.
  func withoutNonContributing(
    on canvas: PixelSize, limit: Double, _ measured: StackMeasurement
  ) throws(RasterError) -> (kept: [ExtractedLayer], dropped: [DroppedLayer]) {
    let contributions = measured.contributions
    var candidates = indices.filter { contributions[$0] <= Float(limit) }
    candidates.sort { (contributions[$0], $0) < (contributions[$1], $1) }
    let all = map(\.pixels)
    while !candidates.isEmpty {
      let left = Set(candidates)
      let kept = indices.filter { !left.contains($0) }.map { all[$0] }
      if Double(try kept.difference(from: all, on: canvas)) <= limit { break }
      candidates.removeLast((candidates.count + 1) / 2)
    }
    let left = Set(candidates)
    let dropped = candidates.sorted().map { index in
      DroppedLayer(
        name: self[index].name, path: self[index].path,
        reason: measured.changesNothing[index] ? .identicalToBelow : .nonContributing)
    }
    return (indices.filter { !left.contains($0) }.map { self[$0] }, dropped)
  }
}
