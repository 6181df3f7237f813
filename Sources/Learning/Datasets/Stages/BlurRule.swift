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
    // With more sharp pixels than that nothing else has to be known.
    let allowedCount = sharpness.laplacian.count / 1000
    var (judgedCount, sharpCount) = (0, 0)
    for row in 0..<sharpness.height {
      for bend in sharpness.laplacian[row * sharpness.width..<(row + 1) * sharpness.width] {
        judgedCount += bend >= 0 ? 1 : 0
        sharpCount += bend >= maximumSharpness ? 1 : 0
      }
      guard sharpCount <= allowedCount else { return false }
    }
    guard judgedCount >= minimumPixelCount, sharpCount <= judgedCount / 1000 else { return false }
    guard contrast(in: sharpness, of: judgedCount) >= minimumContrast else { return false }
    return unevenness(of: judgedCount, in: sharpness) >= minimumUnevenness
  }

  /// Levels between the darkest and the brightest twentieth of the judged pixels.
  private func contrast(in sharpness: Sharpness, of count: Int) -> Float {
    // Brightness in steps of a 64th of a level.
    let scale: Float = 64
    var counts = [Int32](repeating: 0, count: 256 * Int(scale))
    for place in sharpness.laplacian.indices where sharpness.laplacian[place] >= 0 {
      counts[min(counts.count - 1, Int(sharpness.brightness[place] * scale))] += 1
    }
    func step(after limit: Int) -> Float {
      var passed = 0
      let step = counts.indices.first { step in
        passed += Int(counts[step])
        return passed > limit
      }
      return Float(step ?? counts.count - 1) / scale
    }
    let twentieth = count / 20
    return step(after: count - 1 - twentieth) - step(after: twentieth)
  }

  /// How far brightness is from the plane that fits it best.
  private func unevenness(of count: Int, in sharpness: Sharpness) -> Float {
    func forEachJudged(_ body: (SIMD3<Double>) -> Void) {
      for row in 0..<sharpness.height {
        let first = row * sharpness.width
        for place in first..<first + sharpness.width where sharpness.laplacian[place] >= 0 {
          body(
            SIMD3(Double(place - first), Double(row), Double(sharpness.brightness[place])))
        }
      }
    }
    var mean = SIMD3<Double>.zero
    forEachJudged { mean += $0 }
    mean /= Double(count)
    // Variances and covariances of column x, row y and brightness z.
    var (xx, yy, zz, xy, xz, yz) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    forEachJudged { point in
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
    return Float((rest / Double(count)).squareRoot())
  }
}
