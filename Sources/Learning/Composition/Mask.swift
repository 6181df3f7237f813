import Glibc
import Raster

/// Coverage of the pixels of a rectangle.
///
/// Values are 0...1, rows from the top. The rectangle lies on the canvas and may leave it.
struct Mask {
  var frame: PixelRectangle
  var values: [Float]

  init(frame: PixelRectangle, values: [Float]) {
    self.frame = frame
    self.values = values
  }

  /// Draws what a signed distance describes: negative inside, in pixels, at the centre of each pixel.
  ///
  /// - Parameters:
  ///   - box: Holds the shape.
  ///   - canvas: What lies outside is left out.
  ///   - distance: Of a point of the canvas.
  init(_ box: Box, on canvas: PixelSize, distance: (_ x: Double, _ y: Double) -> Double) {
    let left = max(0, Int(max(-1e6, box.left.rounded(.down))) - 1)
    let top = max(0, Int(max(-1e6, box.top.rounded(.down))) - 1)
    let right = min(canvas.width, Int(min(1e6, box.right.rounded(.up))) + 1)
    let bottom = min(canvas.height, Int(min(1e6, box.bottom.rounded(.up))) + 1)
    let (width, height) = (max(0, right - left), max(0, bottom - top))
    frame = PixelRectangle(x: left, y: top, width: width, height: height)
    values = [Float](unsafeUninitializedCapacity: width * height) { buffer, count in
      for y in 0..<height {
        for x in 0..<width {
          let value = 0.5 - distance(Double(left + x) + 0.5, Double(top + y) + 0.5)
          buffer[y * width + x] = Float(min(1, max(0, value)))
        }
      }
      count = width * height
    }
  }

  /// A softened copy with room around it, cut to the canvas.
  func blurred(_ radius: Double, movedBy offset: (x: Int, y: Int), on canvas: PixelSize) -> Mask {
    let reach = max(1, Int((radius * 0.9).rounded()))
    let pad = reach * 2 + 1
    let (width, height) = (frame.width + 2 * pad, frame.height + 2 * pad)
    var plane = [Float](repeating: 0, count: width * height)
    for y in 0..<frame.height {
      for x in 0..<frame.width {
        plane[(y + pad) * width + x + pad] = values[y * frame.width + x]
      }
    }
    for _ in 0..<2 {
      boxBlur(&plane, lines: height, length: width, step: 1, lineStep: width, reach: reach)
      boxBlur(&plane, lines: width, length: height, step: width, lineStep: 1, reach: reach)
    }
    let whole = PixelRectangle(
      x: frame.x - pad + offset.x, y: frame.y - pad + offset.y, width: width, height: height)
    return Mask(frame: whole, values: plane).cut(to: canvas)
  }

  /// The part on the canvas.
  func cut(to canvas: PixelSize) -> Mask {
    let left = max(0, frame.x)
    let top = max(0, frame.y)
    let width = max(0, min(canvas.width, frame.x + frame.width) - left)
    let height = max(0, min(canvas.height, frame.y + frame.height) - top)
    guard width != frame.width || height != frame.height else { return self }
    guard width > 0, height > 0 else {
      return Mask(frame: PixelRectangle(x: 0, y: 0, width: 0, height: 0), values: [])
    }
    var part: [Float] = []
    part.reserveCapacity(width * height)
    for y in 0..<height {
      let first = (top + y - frame.y) * frame.width + left - frame.x
      part += values[first..<first + width]
    }
    return Mask(frame: PixelRectangle(x: left, y: top, width: width, height: height), values: part)
  }
}

/// A running mean over each line.
private func boxBlur(
  _ plane: inout [Float], lines: Int, length: Int, step: Int, lineStep: Int, reach: Int
) {
  let scale = 1 / Float(2 * reach + 1)
  plane.withUnsafeMutableBufferPointer { plane in
    withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { line in
      for number in 0..<lines {
        let first = number * lineStep
        for place in 0..<length { line[place] = plane[first + place * step] }
        var sum: Float = 0
        for place in 0..<min(reach, length) { sum += line[place] }
        for place in 0..<length {
          if place + reach < length { sum += line[place + reach] }
          plane[first + place * step] = max(0, sum * scale)
          if place - reach >= 0 { sum -= line[place - reach] }
        }
      }
    }
  }
}

/// A rectangle in pixels of the canvas, not on whole ones.
struct Box {
  var left: Double, top: Double, width: Double, height: Double

  var right: Double { left + width }
  var bottom: Double { top + height }
  var centerX: Double { left + width / 2 }
  var centerY: Double { top + height / 2 }

  init(_ left: Double, _ top: Double, _ width: Double, _ height: Double) {
    (self.left, self.top, self.width, self.height) = (left, top, width, height)
  }

  init(centerX: Double, centerY: Double, width: Double, height: Double) {
    self.init(centerX - width / 2, centerY - height / 2, width, height)
  }

  /// Smaller by so much on each side, or larger.
  func inset(_ x: Double, _ y: Double) -> Box {
    Box(left + x, top + y, max(1, width - 2 * x), max(1, height - 2 * y))
  }
}
