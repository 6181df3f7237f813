/// Whether a layer is a picture of which nothing is sharp: light and dark, uneven, and without a single edge.
///
/// Flat colours, straight and even gradients, and soft alpha around a plain colour (shadows, glows) are sound. Gradients
/// that bend, such as radial ones, of strong contrast are taken for blurred pictures: raise `minimumUnevenness` where
/// a collection is full of them.
package struct BlurRule: Hashable, Sendable, Codable {
  /// Solid pixels with solid neighbours that the layer must have to be judged.
  package var minimumPixelCount = 4096
  /// Levels of brightness between its darkest and its brightest twentieth.
  package var minimumContrast: Float = 48
  /// The Laplacian, in levels, that all but a thousandth of the pixels stay below; rounding to bytes makes up to 4.
  package var maximumSharpness: Float = 5
  /// Levels by which brightness strays from the best plane, root mean square.
  package var minimumUnevenness: Float = 12

  /// The default thresholds.
  package init() {}

  /// Judges the colours of an image; its alpha only says which count.
  func holds(for sharpness: Sharpness) -> Bool {
    guard sharpness.width > 2, sharpness.height > 2 else { return false }
    var (judgedCount, sharpCount) = (0, 0)
    for bend in sharpness.laplacian {
      judgedCount += bend >= 0 ? 1 : 0
      sharpCount += bend >= maximumSharpness ? 1 : 0
    }
    guard judgedCount >= minimumPixelCount, sharpCount <= judgedCount / 1000 else { return false }
    let judged = sharpness.laplacian.indices.filter { sharpness.laplacian[$0] >= 0 }
    let levels = judged.map { sharpness.brightness[$0] }.sorted()
    let twentieth = levels.count / 20
    guard levels[levels.count - 1 - twentieth] - levels[twentieth] >= minimumContrast else {
      return false
    }
    return unevenness(of: judged, in: sharpness) >= minimumUnevenness
  }

  /// How far brightness is from the plane that fits it best.
  private func unevenness(of places: [Int], in sharpness: Sharpness) -> Float {
    let points = places.map { place in
      SIMD3<Double>(
        Double(place % sharpness.width), Double(place / sharpness.width),
        Double(sharpness.brightness[place]))
    }
    let mean = points.reduce(.zero, +) / Double(points.count)
    // Variances and covariances of column x, row y and brightness z.
    var (xx, yy, zz, xy, xz, yz) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for point in points {
      let offset = point - mean
      xx += offset.x * offset.x
      yy += offset.y * offset.y
      zz += offset.z * offset.z
      xy += offset.x * offset.y
      xz += offset.x * offset.z
      yz += offset.y * offset.z
    }
    let determinant = xx * yy - xy * xy
    guard determinant > 0 else { return 0 }
    let slopeX = (xz * yy - yz * xy) / determinant
    let slopeY = (yz * xx - xz * xy) / determinant
    let rest = max(0, zz - slopeX * xz - slopeY * yz)
    return Float((rest / Double(points.count)).squareRoot())
  }
}
