import Raster

/// Which layers become one: neighbours in the stack once those that do not overlap have changed places.
package struct Merging: Hashable, Sendable {
  /// Indices of layers, back to front; the groups too, each flattened before the next.
  package private(set) var groups: [[Int]]

  /// Puts each layer into the lowest group that it may join.
  ///
  /// A layer joins a group where it shares no pixel with alpha above 0 with any layer of that group or of the groups
  /// above: then it may change places with all of these, and the picture stays the same. There are as many groups
  /// as the longest chain of layers of which each overlaps the one before, and no grouping has fewer.
  /// Time follows the number of pixels of all layers.
  ///
  /// - Parameters:
  ///   - layers: Back to front.
  ///   - canvas: The size of the picture.
  package init(disjoint layers: [PlacedImage], on canvas: PixelSize) {
    groups = []
    // For each pixel the number of the highest group that covers it, counted from 1.
    var levels = [Int32](repeating: 0, count: canvas.width * canvas.height)
    for (index, layer) in layers.enumerated() {
      let level = layer.highest(of: levels, width: canvas.width)
      layer.mark(&levels, with: level + 1, width: canvas.width)
      if Int(level) == groups.count { groups.append([]) }
      groups[Int(level)].append(index)
    }
  }

  /// Leaves each layer by itself.
  package init(separate count: Int) {
    groups = (0..<count).map { [$0] }
  }

  /// Merges neighbouring groups until there are no more than the limit.
  ///
  /// Each time it is the two neighbours of which the smaller one shows fewest pixels; of equals, the lowest.
  ///
  /// - Parameters:
  ///   - limit: At least 1.
  ///   - layers: The layers that the indices mean.
  package mutating func cap(at limit: Int, of layers: [PlacedImage]) {
    var counts = groups.map { $0.reduce(0) { $0 + layers[$1].visiblePixelCount } }
    while groups.count > max(1, limit) {
      var best = 0
      for lower in 0..<groups.count - 1
      where min(counts[lower], counts[lower + 1]) < min(counts[best], counts[best + 1]) {
        best = lower
      }
      groups[best] += groups.remove(at: best + 1)
      counts[best] += counts.remove(at: best + 1)
    }
  }

  /// The layers with those of each group flattened to one.
  package func flattened(_ layers: [ExtractedLayer]) throws(RasterError) -> [ExtractedLayer] {
    var result: [ExtractedLayer] = []
    for group in groups {
      guard let first = group.first else { continue }
      let members = group.map { layers[$0] }
      guard members.count > 1 else {
        result.append(layers[first])
        continue
      }
      let area = members.map(\.pixels.frame).reduce(layers[first].pixels.frame) {
        $0.joined(with: $1)
      }
      let image = try members.map(\.pixels).merged(on: area).image()
      guard let pixels = PlacedImage(cropping: image, x: area.x, y: area.y) else { continue }
      let texts = members.compactMap(\.text)
      result.append(
        ExtractedLayer(
          name: members.map(\.name).joined(separator: " + "),
          path: members.map(\.path).joined(separator: "+"),
          text: texts.isEmpty ? nil : texts.joined(separator: "\n"), pixels: pixels))
    }
    return result
  }
}

extension PlacedImage {
  fileprivate func highest(of levels: [Int32], width: Int) -> Int32 {
    var highest: Int32 = 0
    image.pixels.withUnsafeBufferPointer { bytes in
      levels.withUnsafeBufferPointer { levels in
        for row in 0..<frame.height {
          let start = (frame.y + row) * width + frame.x
          for column in 0..<frame.width where bytes[(row * frame.width + column) * 4 + 3] > 0 {
            highest = max(highest, levels[start + column])
          }
        }
      }
    }
    return highest
  }

  fileprivate func mark(_ levels: inout [Int32], with level: Int32, width: Int) {
    image.pixels.withUnsafeBufferPointer { bytes in
      levels.withUnsafeMutableBufferPointer { levels in
        for row in 0..<frame.height {
          let start = (frame.y + row) * width + frame.x
          for column in 0..<frame.width where bytes[(row * frame.width + column) * 4 + 3] > 0 {
            levels[start + column] = level
          }
        }
      }
    }
  }
}
