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

  private mutating func poster(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let alignment = random.element(of: [Alignment.left, .center])
    let isHeadingBelow = random.happens(0.3)
    let em = unit * random.number(in: 0.12...0.17)
    let lines = random.element(of: [[1, 1], [2], [1], [2, 1]])
    let headingHeight = em * 1.16 * Double(lines.count)
    let top = isHeadingBelow ? area.bottom - headingHeight - unit * 0.1 : area.top
    let heading = Box(area.left, top, area.width, headingHeight)
    let below = Box(area.left, top + headingHeight + unit * 0.012, area.width, unit * 0.06)
    let heroTop = isHeadingBelow ? area.top : below.bottom + unit * 0.04
    let heroBottom = isHeadingBelow ? top - unit * 0.03 : area.bottom - unit * 0.02
    let hero = Box(area.left, heroTop, area.width, heroBottom - heroTop)
    let figure = random.element(of: [
      Figure.ellipse, .blob(phase: random.number(in: 0...6)), .rounded(0.25),
    ])
    let side = min(hero.width, hero.height)
    let back = Box(centerX: hero.centerX, centerY: hero.centerY, width: side, height: side)
    let paint =
      random.happens(0.5)
      ? Paint.flat(palette.primary) : .gradient(palette.primary, palette.accent, angle: 1.57)
    return [
      Element(3) { try $0.cutOut(.object, in: back.inset(side * 0.09, side * 0.09)) },
      Element(4) {
        try $0.text(
          lines, face: face, isHeading: true, em: em, in: heading, alignment, name: "heading")?
          .layer
      },
      Element(1) { $0.shape(figure, in: back, paint) },
      Element(5) {
        try $0.text(
          [random5(&$0)], face: second, isHeading: false, em: $0.unit * 0.046, in: below, alignment,
          name: "subtitle")?.layer
      },
      Element(2) {
        $0.glow(in: back.inset(-side * 0.2, -side * 0.2), $0.palette.accent, opacity: 0.7)
      },
    ]
  }

  private mutating func slide(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let isMirrored = random.happens(0.4)
    let column = area.width * 0.5
    let textLeft = isMirrored ? area.right - column : area.left
    let picture = Box(
      isMirrored ? area.left : area.left + column + unit * 0.04, area.top + area.height * 0.24,
      area.width - column - unit * 0.04, area.height * 0.68)
    let heading = Box(area.left, area.top, area.width, unit * 0.12)
    let body = Box(textLeft, area.top + area.height * 0.28, column, area.height * 0.5)
    let isPhoto = random.happens(0.55)
    let lineCount = random.integer(in: 3...5)
    let bar = Box(0, 0, width, area.top + unit * 0.145)
    let alignment: Alignment = face?.isRightToLeft == true ? .right : .left
    return [
      Element(3) {
        isPhoto
          ? try $0.photoCard(in: picture, corner: 0.12, hasShadow: true)
          : try $0.cutOut(.object, in: picture, hasShadow: $0.random.happens(0.5))
      },
      Element(4) {
        try $0.text(
          [3], face: face, isHeading: true, em: $0.unit * 0.095, in: heading, alignment,
          name: "title")?.layer
      },
      Element(5) {
        try $0.text(
          (0..<lineCount).map { _ in 4 }, face: second, isHeading: false, em: $0.unit * 0.047,
          in: body, alignment, name: "text")?.layer
      },
      Element(1) { $0.shape(.rectangle, in: bar, .flat($0.palette.strong), name: "title bar") },
      Element(2) {
        let line = Box(area.left, area.bottom + $0.unit * 0.01, area.width, max(2, $0.unit * 0.008))
        return $0.shape(.rectangle, in: line, .flat($0.palette.accent), name: "line")
      },
      Element(6) {
        let box = Box(textLeft, area.bottom - $0.unit * 0.12, $0.unit * 0.1, $0.unit * 0.1)
        return try $0.cutOut(.emoji, in: box, hasShadow: false)
      },
    ]
  }

  private mutating func banner(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let bandHeight = unit * random.number(in: 0.3...0.4)
    let bandTop = random.element(of: [
      height - bandHeight - area.top, height / 2 - bandHeight / 2, area.top,
    ])
    let isFull = random.happens(0.5)
    let band = Box(isFull ? 0 : area.left, bandTop, isFull ? width : area.width, bandHeight)
    let color = random.element(of: [palette.strong, palette.surface, palette.primary])
    let opacity = random.element(of: [1, 0.85, 0.72])
    let inner = band.inset(max(area.left - band.left, 0) + unit * 0.05, unit * 0.05)
    let text = Box(inner.left, inner.top, inner.width * 0.62, inner.height)
    let corner = isFull ? Figure.rectangle : .rounded(0.3)
    let object = Box(
      inner.left + inner.width * 0.66, band.top - bandHeight * 0.22, inner.width * 0.34,
      bandHeight * 1.25)
    let em = inner.height * 0.42
    return [
      Element(1) {
        $0.shape(
          corner, in: band, .flat(color), opacity: opacity, hasShadow: !isFull, name: "panel")
      },
      Element(3) {
        try $0.text([2], face: face, isHeading: true, em: em, in: text, .left, name: "heading")?
          .layer
      },
      Element(4) { try $0.cutOut(.object, in: object) },
      Element(5) {
        let below = Box(text.left, text.top + em * 1.35, text.width, em)
        return try $0.text(
          [3], face: second, isHeading: false, em: $0.unit * 0.05, in: below, .left,
          name: "subtitle")?.layer
      },
      Element(2) {
        $0.shape(
          .rectangle,
          in: Box(band.left, band.bottom - $0.unit * 0.015, band.width, $0.unit * 0.015),
          .flat($0.palette.accent), name: "stripe")
      },
    ]
  }

  private mutating func card(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let isLow = random.happens(0.6)
    let panelHeight = area.height * random.number(in: 0.4...0.52)
    let panel = Box(
      area.left, isLow ? area.bottom - panelHeight : height / 2 - panelHeight / 2, area.width,
      panelHeight)
    let opacity = random.element(of: [0.55, 0.7, 0.82, 0.94])
    let color = random.element(of: [Ink.white, .black, palette.strong])
    let inner = panel.inset(unit * 0.05, unit * 0.045)
    let alignment = random.element(of: [Alignment.left, .center])
    let em = inner.height * 0.27
    let button = Box(
      alignment == .left ? inner.left : inner.centerX - unit * 0.14, inner.bottom - unit * 0.085,
      unit * 0.28, unit * 0.085)
    let avatar = Box(
      centerX: alignment == .left ? inner.left + unit * 0.08 : inner.centerX, centerY: panel.top,
      width: unit * 0.16, height: unit * 0.16)
    return [
      Element(1) {
        $0.shape(.rounded(0.18), in: panel, .flat(color), opacity: opacity, name: "panel")
      },
      Element(2) {
        let box = Box(inner.left, inner.top + $0.unit * 0.03, inner.width, em)
        return try $0.text(
          [2], face: face, isHeading: true, em: em, in: box, alignment, name: "heading")?.layer
      },
      Element(4) { try $0.cutOut(.emoji, in: avatar) },
      Element(3) {
        let box = Box(inner.left, inner.top + $0.unit * 0.05 + em * 1.2, inner.width, em)
        return try $0.text(
          [5], face: second, isHeading: false, em: $0.unit * 0.046, in: box, alignment,
          name: "subtitle")?.layer
      },
      Element(5) {
        $0.shape(.rounded(1), in: button, .flat($0.palette.accent), hasShadow: true, name: "button")
      },
      Element(6) {
        let box = Box(button.left, button.top + $0.unit * 0.013, button.width, button.height)
        return try $0.text(
          [1], face: second, isHeading: true, em: $0.unit * 0.046, in: box, .center, name: "label")?
          .layer
      },
    ]
  }

  private mutating func app(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?, rows: Int
  ) -> [Element] {
    let bar = Box(0, 0, width, unit * 0.15)
    let gap = unit * 0.035
    let top = bar.bottom + gap
    let bottom = height - unit * 0.17
    let rowHeight = (bottom - top - gap * Double(rows - 1)) / Double(rows)
    let hasPhotos = random.happens(0.35)
    let isRight = face?.isRightToLeft == true
    var elements: [Element] = [
      Element(1) {
        $0.shape(.rectangle, in: bar, .flat($0.palette.strong), hasShadow: true, name: "title bar")
      }
    ]
    for row in 0..<rows {
      let box = Box(area.left, top + Double(row) * (rowHeight + gap), area.width, rowHeight)
      let side = rowHeight * 0.62
      let icon = Box(
        isRight ? box.right - side - rowHeight * 0.19 : box.left + rowHeight * 0.19,
        box.centerY - side / 2, side, side)
      let lines = Box(
        isRight ? box.left + rowHeight * 0.19 : icon.right + rowHeight * 0.17,
        box.top + rowHeight * 0.16, box.width - side - rowHeight * 0.6, rowHeight)
      elements.append(
        Element(2) {
          // A row of a list is one thing: its card, its picture and its words.
          let paint = Paint.flat($0.palette.surface)
          var row = $0.shape(.rounded(0.3), in: box, paint, hasShadow: true, name: "card")
          let icon =
            hasPhotos
            ? try $0.photoCard(in: icon, corner: 0.25, hasShadow: false)
            : try $0.cutOut(.emoji, in: icon, hasShadow: false)
          if let icon { row.add(icon) }
          let text = try $0.text(
            [2, 3], face: second, isHeading: false, em: min($0.unit * 0.055, rowHeight * 0.26),
            in: lines, isRight ? .right : .left, ink: $0.palette.text(on: $0.palette.surface),
            name: "text")
          if let text { row.add(text.layer) }
          return row
        })
    }
    let title = Element(4) {
      let box = Box(area.left, bar.height * 0.24, area.width, bar.height)
      return try $0.text(
        [2], face: face, isHeading: true, em: $0.unit * 0.066, in: box, isRight ? .right : .left,
        name: "title")?.layer
    }
    elements.insert(title, at: 1)
    let button = Box(area.right - unit * 0.13, height - unit * 0.16, unit * 0.13, unit * 0.13)
    elements.append(
      Element(5) {
        $0.shape(
          .ellipse, in: button, .flat($0.palette.accent), hasShadow: true, name: "round button")
      })
    return elements
  }

  private mutating func scene(_ area: Box, _ face: AssetChoice.Face?) -> [Element] {
    let count = random.integer(in: 2...5)
    var elements: [Element] = []
    let left = random.happens(0.5)
    for number in 0..<count {
      // Nearer ones are larger and lower.
      let near = Double(number) / Double(max(1, count - 1))
      let size = unit * (0.26 + 0.2 * near)
      let slot = area.width / Double(count)
      let order = left ? number : count - 1 - number
      let x = area.left + slot * (Double((order * 2) % count) + 0.5)
      let box = Box(
        max(area.left, min(area.right - size, x - size / 2)),
        height * (0.64 + 0.28 * near) - size, size, size)
      elements.append(Element(2 + number) { try $0.cutOut(.object, in: box, isStanding: true) })
    }
    elements.insert(
      Element(10) {
        let box = Box(area.left, area.top, area.width, $0.unit * 0.14)
        return try $0.text(
          [2], face: face, isHeading: true, em: $0.unit * 0.125, in: box, .center, name: "heading")?
          .layer
      }, at: min(1, elements.count))
    elements.append(
      Element(1) {
        let box = Box(0, $0.height * 0.45, $0.width, $0.height * 0.55)
        return $0.shape(.rectangle, in: box, .flat(.black), opacity: 0.3, name: "shade")
      })
    return elements
  }

  private mutating func collage(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let gap = unit * 0.03
    let headingHeight = unit * 0.15
    let top = area.top + headingHeight
    let space = area.bottom - top
    let half = (area.width - gap) / 2
    let share = random.number(in: 0.45...0.62)
    let boxes =
      random.happens(0.5)
      ? [
        Box(area.left, top, half, space),
        Box(area.left + half + gap, top, half, space * share - gap / 2),
        Box(
          area.left + half + gap, top + space * share + gap / 2, half, space * (1 - share) - gap / 2
        ),
      ]
      : [
        Box(area.left, top, area.width, space * share - gap / 2),
        Box(area.left, top + space * share + gap / 2, half, space * (1 - share) - gap / 2),
        Box(
          area.left + half + gap, top + space * share + gap / 2, half, space * (1 - share) - gap / 2
        ),
      ]
    let corner = random.element(of: [0.0, 0.08, 0.2])
    var elements = boxes.map { box in
      Element(1) { try $0.photoCard(in: box, corner: corner, hasShadow: $0.random.happens(0.4)) }
    }
    elements.insert(
      Element(3) {
        let box = Box(area.left, area.top - $0.unit * 0.01, area.width, headingHeight)
        return try $0.text(
          [3], face: face, isHeading: true, em: $0.unit * 0.1, in: box, .left, name: "heading")?
          .layer
      }, at: 1)
    let sticker = Box(
      centerX: boxes[2].left, centerY: boxes[2].top, width: unit * 0.24, height: unit * 0.24)
    elements.append(Element(4) { try $0.cutOut(.object, in: sticker) })
    elements.append(
      Element(4) {
        try $0.cutOut(
          .emoji,
          in: Box(
            $0.width - $0.unit * 0.22, area.bottom - $0.unit * 0.12, $0.unit * 0.16, $0.unit * 0.16)
        )
      })
    return elements
  }

  private mutating func quote(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let panel = area.inset(0, area.height * 0.14)
    let alignment = random.element(of: [Alignment.left, .center])
    let color = random.element(of: [palette.surface, palette.strong, .black])
    let opacity = random.element(of: [0.7, 0.88, 1])
    let inner = panel.inset(unit * 0.07, unit * 0.09)
    return [
      Element(1) {
        $0.shape(
          .rounded(0.12), in: panel, .flat(color), opacity: opacity, hasShadow: true, name: "panel")
      },
      Element(3) {
        try $0.text(
          [3, 3, 2], face: face, isHeading: false, em: $0.unit * 0.092, in: inner, alignment,
          name: "quotation")?.layer
      },
      Element(2) {
        let side = $0.unit * 0.17
        let x = alignment == .left ? inner.left + side / 2 : inner.centerX
        return $0.shape(
          .ellipse, in: Box(centerX: x, centerY: panel.top, width: side, height: side),
          .flat($0.palette.accent), name: "circle")
      },
      Element(4) {
        let box = Box(inner.left, panel.bottom - $0.unit * 0.12, inner.width, $0.unit * 0.06)
        return try $0.text(
          [2], face: second, isHeading: true, em: $0.unit * 0.05, in: box, alignment, name: "name")?
          .layer
      },
      Element(4) {
        let side = $0.unit * 0.11
        let x = alignment == .left ? inner.left + $0.unit * 0.085 : inner.centerX
        return try $0.cutOut(
          .emoji, in: Box(centerX: x, centerY: panel.top, width: side, height: side),
          hasShadow: false)
      },
    ]
  }

  private mutating func product(
    _ area: Box, _ face: AssetChoice.Face?, _ second: AssetChoice.Face?
  ) -> [Element] {
    let side = area.width * 0.66
    let stage = Box(centerX: width / 2, centerY: height * 0.45, width: side, height: side)
    let badgeSide = unit * 0.24
    let badge = Box(
      random.happens(0.5) ? area.right - badgeSide : area.left, area.top, badgeSide, badgeSide)
    let figure = random.element(of: [Figure.ellipse, .ring, .rounded(0.3), .blob(phase: 1.2)])
    return [
      Element(2) { try $0.cutOut(.object, in: stage.inset(side * 0.1, side * 0.1)) },
      Element(1) {
        $0.shape(
          figure, in: stage,
          .gradient($0.palette.primary, $0.palette.primary.mixed(with: .white, 0.35), angle: 1.57))
      },
      Element(4) {
        let box = Box(area.left, area.bottom - $0.unit * 0.19, area.width, $0.unit * 0.1)
        return try $0.text(
          [2], face: face, isHeading: true, em: $0.unit * 0.1, in: box, .center, name: "heading")?
          .layer
      },
      Element(5) {
        $0.shape(
          $0.random.happens(0.5) ? .ellipse : .rounded(0.35), in: badge, .flat($0.palette.accent),
          hasShadow: true, name: "badge")
      },
      Element(6) {
        let box = badge.inset(badgeSide * 0.1, badgeSide * 0.33)
        return try $0.text(
          [1], face: second, isHeading: true, em: badgeSide * 0.32, in: box, .center, name: "label")?
          .layer
      },
      Element(5) {
        let box = Box(area.left, area.bottom - $0.unit * 0.065, area.width, $0.unit * 0.06)
        return try $0.text(
          [4], face: second, isHeading: false, em: $0.unit * 0.046, in: box, .center,
          name: "subtitle")?.layer
      },
    ]
  }

  /// Small things at the edges for designs that are to have more layers.
  private mutating func decorations(_ area: Box) -> [Element] {
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
  private func frame(_ box: Box, _ paint: Paint) -> DrawnLayer {
    let half = max(0.6, unit * 0.003)
    let mask = Mask(box, on: canvas) { x, y in
      abs(max(abs(x - box.centerX) - box.width / 2, abs(y - box.centerY) - box.height / 2)) - half
    }
    return DrawnLayer(
      pixels: PlacedPixels(mask, paint), name: "frame", phrase: "a thin \(paint.word) frame")
  }
}

/// How many words a subtitle has.
private func random5(_ sketch: inout Sketch) -> Int { sketch.random.integer(in: 3...6) }
