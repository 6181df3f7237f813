import Assets
import Raster

// Designs for screens: slides, banners, social cards, apps and scenes with stickers.
extension Sketch {
  mutating func slide(
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

  mutating func banner(
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

  mutating func card(
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

  mutating func app(
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

  mutating func scene(_ area: Box, _ face: AssetChoice.Face?) -> [Element] {
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
}
