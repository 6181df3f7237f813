import Glibc
import Raster

/// A shape of a design, described by a signed distance.
enum Figure {
  case rectangle
  /// The share of half the shorter side that the corners take.
  case rounded(Double)
  case ellipse
  case ring
  case triangle
  case diamond
  case star
  /// A soft closed curve.
  case blob(phase: Double)

  var word: String {
    switch self {
    case .rectangle: "rectangle"
    case .rounded: "rounded rectangle"
    case .ellipse: "circle"
    case .ring: "ring"
    case .triangle: "triangle"
    case .diamond: "diamond"
    case .star: "star"
    case .blob: "blob"
    }
  }

  func mask(in box: Box, on canvas: PixelSize) -> Mask {
    let (centerX, centerY) = (box.centerX, box.centerY)
    let (halfX, halfY) = (box.width / 2, box.height / 2)
    let shorter = min(halfX, halfY)
    return Mask(box, on: canvas) { x, y in
      let (dx, dy) = (x - centerX, y - centerY)
      switch self {
      case .rectangle: return max(abs(dx) - halfX, abs(dy) - halfY)
      case .rounded(let share):
        let radius = shorter * min(1, share)
        let (qx, qy) = (abs(dx) - halfX + radius, abs(dy) - halfY + radius)
        return hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - radius
      case .ellipse: return (hypot(dx / halfX, dy / halfY) - 1) * shorter
      case .ring:
        let width = shorter * 0.16
        return abs(hypot(dx, dy) - shorter + width) - width
      case .triangle:
        return max(abs(dx) / halfX * halfY * 2 - dy - halfY, dy * 2 - halfY * 2) * 0.5
      case .diamond: return (abs(dx) / halfX + abs(dy) / halfY - 1) * shorter * 0.7
      case .star:
        let angle = atan2(dx, -dy)
        let sector = 2 * Double.pi / 5
        let folded = abs(angle - (angle / sector).rounded() * sector)
        let (radius, inner) = (hypot(dx, dy), 0.5)
        // The edge runs from the tip to the inner corner.
        let (px, py) = (radius * cos(folded), radius * sin(folded))
        let (tx, ty) = (shorter * inner * cos(sector / 2), shorter * inner * sin(sector / 2))
        let (ex, ey) = (tx - shorter, ty)
        return ((px - shorter) * ey - py * ex) * -1 / hypot(ex, ey) * -1
      case .blob(let phase):
        let angle = atan2(dy, dx)
        let edge = 0.82 + 0.1 * sin(2 * angle + phase) + 0.08 * sin(3 * angle + phase * 2.3)
        return (hypot(dx / halfX, dy / halfY) - edge) * shorter
      }
    }
  }
}

/// How a mask is coloured.
enum Paint {
  case flat(Ink)
  /// From the first to the second, along a direction in radians.
  case gradient(Ink, Ink, angle: Double)

  var word: String {
    switch self {
    case .flat(let ink): ink.word
    case .gradient(let first, let second, _):
      first.word == second.word ? first.word : "\(first.word) to \(second.word)"
    }
  }
}
