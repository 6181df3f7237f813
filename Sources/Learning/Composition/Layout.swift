import Assets
import Raster

/// What a design is for; the raw value is the category of its sample.
enum Layout: String, CaseIterable {
  case poster, slide, banner
  case card = "social-card"
  case app = "app-screen"
  case scene, collage, quote, product

  /// Fewer layers leave it unfinished.
  var leastLayerCount: Int {
    switch self {
    case .poster, .scene, .product: 2
    case .card, .quote: 3
    case .slide, .banner: 4
    case .app, .collage: 5
    }
  }

  /// The grounds that suit it.
  var grounds: [Sketch.Ground] {
    switch self {
    case .poster: [.gradient, .flat, .bold, .photo, .pattern]
    case .slide: [.flat, .flat, .gradient, .bold]
    case .banner: [.photo, .photo, .gradient, .pattern, .bold]
    case .card: [.photo, .photo, .photo, .gradient]
    case .app: [.flat, .flat, .gradient]
    case .scene: [.photo]
    case .collage: [.flat, .bold, .pattern]
    case .quote: [.gradient, .photo, .bold, .flat]
    case .product: [.gradient, .flat, .pattern, .bold]
    }
  }
}

/// A part of a design that may be drawn: the important ones come first in a plan, `depth` says what is in front.
struct Element {
  var depth: Int
  var draw: (inout Sketch) throws -> DrawnLayer?

  init(_ depth: Int, _ draw: @escaping (inout Sketch) throws -> DrawnLayer?) {
    self.depth = depth
    self.draw = draw
  }
}

extension Sketch {
  /// The parts of a design, the most important first.
  mutating func plan(_ layout: Layout, layerCount: Int) -> [Element] {
    let margin = unit * random.number(in: 0.06...0.09)
    let area = whole.inset(margin, margin)
    let face = choice.faces.isEmpty ? nil : random.element(of: choice.faces)
    let plain = choice.faces.filter { $0.script == face?.script }
    let second = plain.isEmpty ? face : random.element(of: plain)
    let elements: [Element] =
      switch layout {
      case .poster: poster(area, face, second)
      case .slide: slide(area, face, second)
      case .banner: banner(area, face, second)
      case .card: card(area, face, second)
      case .app: app(area, face, second, rows: min(4, max(2, layerCount - 3)))
      case .scene: scene(area, face)
      case .collage: collage(area, face, second)
      case .quote: quote(area, face, second)
      case .product: product(area, face, second)
      }
    return elements + decorations(area)
  }

  /// Small things at the edges for designs that are to have more layers.
  mutating func decorations(_ area: Box) -> [Element] {
    let corner = random.element(of: [(0.0, 0.0), (1, 0), (0, 1), (1, 1)])
    let large = unit * random.number(in: 0.3...0.5)
    let small = unit * random.number(in: 0.05...0.08)
    return [
      Element(0) {
        let box = Box(
          centerX: corner.0 * $0.width, centerY: corner.1 * $0.height, width: large, height: large)
        return $0.shape(
          $0.random.happens(0.5) ? .ellipse : .ring, in: box, .flat($0.palette.accent),
          opacity: 0.85)
      },
      Element(0) {
        let box = Box(
          centerX: (1 - corner.0) * $0.width, centerY: (1 - corner.1) * $0.height,
          width: large * 0.8, height: large * 0.8)
        return $0.shape(.diamond, in: box, .flat($0.palette.primary), opacity: 0.6)
      },
      Element(7) {
        let box = Box(area.right - small, area.bottom - small, small, small)
        return $0.shape(.ellipse, in: box, .flat($0.palette.accent), name: "dot")
      },
      Element(7) {
        let box = Box(
          area.left, area.bottom + area.top * 0.3, $0.unit * 0.2, max(2, $0.unit * 0.014))
        return $0.shape(.rounded(1), in: box, .flat($0.palette.accent), name: "line")
      },
      Element(8) {
        let box = $0.whole.inset(area.left * 0.35, area.left * 0.35)
        return $0.frame(box, .flat($0.palette.text(on: $0.ground(under: box).mean)))
      },
    ]
  }

  /// A thin line around the canvas.
  func frame(_ box: Box, _ paint: Paint) -> DrawnLayer {
    let half = max(0.6, unit * 0.003)
    let mask = Mask(box, on: canvas) { x, y in
      abs(max(abs(x - box.centerX) - box.width / 2, abs(y - box.centerY) - box.height / 2)) - half
    }
    return DrawnLayer(
      pixels: PlacedPixels(mask, paint), name: "frame", phrase: "a thin \(paint.word) frame")
  }

  /// How many words a subtitle has.
  mutating func subtitleWordCount() -> Int { random.integer(in: 3...6) }
}
