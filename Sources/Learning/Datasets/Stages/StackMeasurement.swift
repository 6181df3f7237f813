import Raster

/// What layers laid one over the other give, measured band by band, so that no picture of the whole is made.
struct StackMeasurement: Hashable, Sendable {
  /// The largest difference of any channel between the layers over white and the picture; 0 without one.
  private(set) var error = 0
  /// Whether nothing shines through anywhere, once rounded.
  private(set) var isOpaque = true
  /// For each layer the most by which any channel of any pixel of the picture changes without it, in levels; of layers that
  /// are above the limit only that they are.
  private(set) var contributions: [Float] = []
  /// For each layer whether it changes nothing where it is laid, once rounded.
  private(set) var changesNothing: [Bool] = []

  /// Measures layers.
  ///
  /// - Parameters:
  ///   - layers: Back to front, inside the canvas.
  ///   - canvas: The size of the picture.
  ///   - limit: A layer that contributes more than this is not looked at further.
  ///   - picture: An opaque picture to hold them against, of that size.
  init(
    of layers: [PlacedImage], on canvas: PixelSize, limit: Double,
    against picture: RasterImage? = nil
  ) {
    contributions = [Float](repeating: 0, count: layers.count)
    changesNothing = [Bool](repeating: true, count: layers.count)
    for area in canvas.bands {
      var band = FloatCanvas(area)
      let shown = layers.indices.filter { layers[$0].frame.shared(with: area) != nil }
      // Most layers are known to matter after the first bands that show them.
      if shown.contains(where: { contributions[$0] <= Float(limit) }) {
        let changes = shown.map { band.layMeasuring(layers[$0]) }
        var through = [Float](repeating: 1, count: area.width * area.height)
        for (place, index) in shown.enumerated().reversed() {
          let found = layers[index].contribution(of: changes[place], through: &through, on: area)
          contributions[index] = max(contributions[index], found.contribution)
          if found.isChange { changesNothing[index] = false }
        }
      } else {
        for index in shown { band.lay(layers[index]) }
      }
      if isOpaque { isOpaque = band.isOpaque }
      if let picture { error = max(error, band.difference(overWhiteFrom: picture)) }
    }
  }
}

extension [PlacedImage] {
  /// The largest difference of any channel, alpha included, between what these and other layers give.
  func difference(from others: [PlacedImage], on canvas: PixelSize) throws(RasterError) -> Int {
    var largest = 0
    for area in canvas.bands {
      let one = try merged(on: area).image()
      largest = Swift.max(largest, try one.maximumDifference(from: others.merged(on: area).image()))
    }
    return largest
  }
}

extension PixelSize {
  /// The canvas in parts of whole rows, small enough that the floats of one stay near the processor.
  fileprivate var bands: [PixelRectangle] {
    let rowCount = max(1, (1 << 14) / max(1, width))
    return stride(from: 0, to: height, by: rowCount).map { y in
      PixelRectangle(x: 0, y: y, width: width, height: min(rowCount, height - y))
    }
  }
}

extension PlacedImage {
  /// What a band of the picture would change without the layer; `through` then counts the layer among those above.
  ///
  /// - Parameters:
  ///   - changes: What ``FloatCanvas/layMeasuring(_:)`` gave for the band.
  ///   - through: For each pixel of the band the share that shines through the layers above.
  ///   - area: The band.
  /// - Returns: The most by which a pixel changes, in levels, and whether the layer changes anything where it is laid.
  fileprivate func contribution(
    of changes: [UInt16], through: inout [Float], on area: PixelRectangle
  ) -> (contribution: Float, isChange: Bool) {
    guard let shared = frame.shared(with: area) else { return (0, false) }
    var (largest, most) = (Float(0), UInt16(0))
    image.pixels.withUnsafeBufferPointer { bytes in
      changes.withUnsafeBufferPointer { changes in
        through.withUnsafeMutableBufferPointer { through in
          for row in 0..<shared.height {
            let source = (shared.y - frame.y + row) * frame.width + shared.x - frame.x
            let start = (shared.y - area.y + row) * area.width + shared.x - area.x
            for column in 0..<shared.width {
              let alpha = bytes[(source + column) * 4 + 3]
              guard alpha > 0 else { continue }
              let change = changes[row * shared.width + column]
              most = max(most, change)
              largest = max(largest, Float(change) / 128 * through[start + column])
              through[start + column] *= 1 - Float(alpha) / 255
            }
          }
        }
      }
    }
    return (largest, most >= 64)
  }
}
