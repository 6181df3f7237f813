import Assets
import Raster

// Designs that are printed: posters, quotes, products on show, collages.
extension Sketch {
  mutating func poster(
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
          [$0.subtitleWordCount()], face: second, isHeading: false, em: $0.unit * 0.046, in: below,
          alignment,
          name: "subtitle")?.layer
      },
      Element(2) {
        $0.glow(in: back.inset(-side * 0.2, -side * 0.2), $0.palette.accent, opacity: 0.7)
      },
    ]
  }

  mutating func quote(
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

  mutating func product(
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

  mutating func collage(
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
}
