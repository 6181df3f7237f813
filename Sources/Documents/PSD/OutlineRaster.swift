import DocumentModel
import Raster

extension VectorOutline {
  /// Lines of samples in a row of pixels; across, coverage is exact.
  private static let sampleCount = 16

  /// How much of each pixel of the canvas is inside; `nil` where pixels or lines are too many.
  ///
  /// - Throws: `DocumentError` where a picture cannot be that large.
  func raster(on canvas: PixelSize) throws(DocumentError) -> LayerMask? {
    let whole = PixelRectangle(x: 0, y: 0, width: canvas.width, height: canvas.height)
    let startsInside =
      components.first.map { [.subtract, .intersect].contains($0.operation) } ?? startsFilled
    let outside: Float = startsInside ? 1 : 0
    guard let area = startsInside ? whole : bounds(in: whole) else {
      return LayerMask(pixels: nil, defaultValue: (outside == 1) != isInverted ? 255 : 0)
    }
    guard area.width * area.height <= Self.pixelLimit,
      crossingCount(in: area) <= Self.crossingLimit
    else { return nil }
    var shares = [Float](repeating: outside, count: area.width * area.height)
    for component in components {
      let own = component.coverage(of: area, sampleCount: Self.sampleCount)
      for index in shares.indices {
        let (before, here) = (shares[index], own[index])
        shares[index] =
          switch component.operation {
          case .exclude: before + here - 2 * before * here
          case .unite: before + here - before * here
          case .subtract: max(0, before - here)
          case .intersect: before * here
          }
      }
    }
    let bytes = shares.map { share in
      UInt8(max(0, min(255, (isInverted ? 1 - share : share) * 255 + 0.5)))
    }
    // An intersection shows nothing beyond the canvas, and nobody looks there.
    return LayerMask(
      pixels: try GreyImage(size: PixelSize(width: area.width, height: area.height), pixels: bytes),
      origin: PixelPoint(x: Int32(clamping: area.x), y: Int32(clamping: area.y)),
      defaultValue: isInverted ? 255 : 0)
  }

  /// The most pixels of a raster: 1 GiB of floats.
  private static let pixelLimit = 1 << 28

  /// The most places where lines may cross those of samples.
  private static let crossingLimit = 1 << 24

  /// About how often lines cross those of samples.
  private func crossingCount(in area: PixelRectangle) -> Int {
    var count = 0.0
    for line in components.flatMap(\.lines) {
      for (index, start) in line.enumerated() {
        let rise = abs(line[(index + 1) % line.count].y - start.y)
        count += min(rise, Double(area.height)) * Double(Self.sampleCount) + 1
      }
    }
    return Int(min(count, Double(Int32.max)))
  }

  /// The pixels of a rectangle that lines may touch.
  private func bounds(in whole: PixelRectangle) -> PixelRectangle? {
    let points = components.flatMap { $0.lines.joined() }
    guard let first = points.first else { return nil }
    var (low, high) = (first, first)
    for point in points {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    let left = Int(max(0, min(Double(whole.width), low.x.rounded(.down))))
    let top = Int(max(0, min(Double(whole.height), low.y.rounded(.down))))
    let right = Int(max(0, min(Double(whole.width), high.x.rounded(.up))))
    let bottom = Int(max(0, min(Double(whole.height), high.y.rounded(.up))))
    guard right > left, bottom > top else { return nil }
    return PixelRectangle(x: left, y: top, width: right - left, height: bottom - top)
  }
}

extension VectorOutline.Component {
  /// The share of each pixel of an area that is inside by the even-odd rule.
  fileprivate func coverage(of area: PixelRectangle, sampleCount: Int) -> [Float] {
    var shares = [Float](repeating: 0, count: area.width * area.height)
    var crossings = [[Double]](repeating: [], count: area.height * sampleCount)
    for line in lines {
      for (index, start) in line.enumerated() {
        cross(
          from: start, to: line[(index + 1) % line.count], area: area, sampleCount: sampleCount,
          into: &crossings)
      }
    }
    let weight = 1 / Float(sampleCount)
    for (sample, places) in crossings.enumerated() where !places.isEmpty {
      let first = sample / sampleCount * area.width
      let sorted = places.sorted()
      for pair in stride(from: 0, to: sorted.count - 1, by: 2) {
        let left = max(0, min(Double(area.width), sorted[pair]))
        let right = max(0, min(Double(area.width), sorted[pair + 1]))
        guard right > left else { continue }
        for column in Int(left)..<min(area.width, Int(right.rounded(.up))) {
          let inside = min(right, Double(column + 1)) - max(left, Double(column))
          shares[first + column] += Float(inside) * weight
        }
      }
    }
    return shares
  }

  /// Notes where a straight piece crosses the lines of samples, in columns of the area.
  private func cross(
    from start: SIMD2<Double>, to end: SIMD2<Double>, area: PixelRectangle, sampleCount: Int,
    into crossings: inout [[Double]]
  ) {
    guard start.y != end.y else { return }
    let (upper, lower) = start.y < end.y ? (start, end) : (end, start)
    let scale = Double(sampleCount)
    // Samples lie in the middle of their strips.
    func sample(atOrBelow y: Double) -> Int {
      let place = ((y - Double(area.y)) * scale - 0.5).rounded(.up)
      return Int(max(0, min(Double(crossings.count), place)))
    }
    let slope = (lower.x - upper.x) / (lower.y - upper.y)
    for index in sample(
      atOrBelow: upper.y)..<max(
        sample(atOrBelow: upper.y), sample(atOrBelow: lower.y))
    {
      let y = Double(area.y) + (Double(index) + 0.5) / scale
      crossings[index].append(upper.x + (y - upper.y) * slope - Double(area.x))
    }
  }
}
