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
    let area = PixelRectangle(covering: canvas)
    var all = FloatCanvas(area)
    let changes = map { all.layMeasuring($0.pixels) }
    var through = [Float](repeating: 1, count: area.width * area.height)
    var contributions = [Float](repeating: 0, count: count)
    for index in indices.reversed() {
      contributions[index] = self[index].pixels.contribution(
        of: changes[index], through: &through, width: area.width)
    }
    var candidates = indices.filter { contributions[$0] <= Float(limit) }
    candidates.sort { (contributions[$0], $0) < (contributions[$1], $1) }
    let picture = try all.image()
    while !candidates.isEmpty {
      let left = Set(candidates)
      let kept = indices.filter { !left.contains($0) }.map { self[$0].pixels }
      let difference = try kept.merged(on: area).image().maximumDifference(from: picture)
      if Double(difference) <= limit { break }
      candidates.removeLast((candidates.count + 1) / 2)
    }
    let left = Set(candidates)
    let dropped = candidates.sorted().map { index in
      let isIdentical = changes[index].allSatisfy { $0 < 64 }
      return DroppedLayer(
        name: self[index].name, path: self[index].path,
        reason: isIdentical ? .identicalToBelow : .nonContributing)
    }
    return (indices.filter { !left.contains($0) }.map { self[$0] }, dropped)
  }
}

extension PlacedImage {
  /// The most by which any pixel of the picture changes without the layer, in levels; `through` then counts the
  /// layer among those above.
  fileprivate func contribution(
    of changes: [UInt16], through: inout [Float], width: Int
  ) -> Float {
    var largest: Float = 0
    image.pixels.withUnsafeBufferPointer { bytes in
      through.withUnsafeMutableBufferPointer { through in
        for row in 0..<frame.height {
          let start = (frame.y + row) * width + frame.x
          for column in 0..<frame.width {
            let index = row * frame.width + column
            let alpha = bytes[index * 4 + 3]
            guard alpha > 0 else { continue }
            largest = max(largest, Float(changes[index]) / 128 * through[start + column])
            through[start + column] *= 1 - Float(alpha) / 255
          }
        }
      }
    }
    return largest
  }
}
