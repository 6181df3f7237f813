import Assets
import Raster

/// Where lines of a text begin or end.
enum Alignment: CaseIterable {
  case left, center, right
}

extension Sketch {
  /// Words of a face set in lines inside a box, from its top.
  ///
  /// - Parameters:
  ///   - counts: How many words each line has at most.
  ///   - face: Whose words.
  ///   - isHeading: Whether words are capitalised and lines tight.
  ///   - wanted: The size of the face in pixels; less where the widest line would not fit.
  ///   - box: As wide as lines may be.
  ///   - alignment: Of the lines in the box.
  ///   - ink: Their colour; left out, one that reads well there.
  ///   - name: Of the layer.
  /// - Returns: The layer and the part of the box that lines take; `nil` where there is no face, or no room.
  /// - Throws: `AssetPackError` for a damaged picture.
  mutating func text(
    _ counts: [Int], face: AssetChoice.Face?, isHeading: Bool, em wanted: Double, in box: Box,
    _ alignment: Alignment, ink: Ink? = nil, name: String
  ) throws -> (layer: DrawnLayer, box: Box)? {
    guard let face else { return nil }
    let isLoud = random.happens(0.3) && !face.capitals.isEmpty
    let places = isHeading ? (isLoud ? face.capitals : face.headings) : face.words
    var lines: [[Int]] = []
    for count in counts {
      var line: [Int] = []
      for _ in 0..<count {
        var place = random.element(of: places)
        for _ in 0..<4 where lines.contains(where: { $0.contains(place) }) || line.contains(place) {
          place = random.element(of: places)
        }
        line.append(place)
      }
      lines.append(line)
    }
    func width(_ line: [Int]) -> Double {
      line.reduce(Double(line.count - 1) * 0.26) { sum, place in
        let asset = choice.pack.assets[place]
        return sum + Double(asset.size.width) / Double(asset.setting?.em ?? 1)
      }
    }
    // A heading that fits with one word less is better than one in small letters.
    for number in lines.indices {
      while lines[number].count > 1,
        width(lines[number]) * wanted > box.width * (isHeading ? 1.25 : 1)
      {
        lines[number].removeLast()
      }
    }
    let em = min(wanted, box.width / (lines.map(width).max() ?? 1))
    guard em >= 5 else { return nil }
    let lineHeight = em * (isHeading ? 1.16 : 1.42)
    let used = Box(box.left, box.top, box.width, lineHeight * Double(lines.count))
    var plane = [Float](repeating: 0, count: canvas.width * canvas.height)
    var bounds: (left: Int, top: Int, right: Int, bottom: Int) = (canvas.width, canvas.height, 0, 0)
    for (number, line) in lines.enumerated() {
      let length = width(line) * em
      var x =
        switch alignment {
        case .left: box.left
        case .center: box.centerX - length / 2
        case .right: box.right - length
        }
      let baseline = box.top + lineHeight * Double(number) + em * (isHeading ? 0.92 : 1)
      for place in face.isRightToLeft ? line.reversed() : line {
        let asset = choice.pack.assets[place]
        guard let setting = asset.setting else { continue }
        let scale = em / Double(setting.em)
        let size = PixelSize(
          width: max(1, Int((Double(asset.size.width) * scale).rounded())),
          height: max(1, Int((Double(asset.size.height) * scale).rounded())))
        let word = try choice.pack.picture(at: place).resized(to: size, using: .bicubic)
        let left = Int(x.rounded())
        let top = Int((baseline - Double(setting.baseline) * scale).rounded())
        for row in max(0, -top)..<max(max(0, -top), min(size.height, canvas.height - top)) {
          for column in max(0, -left)..<max(max(0, -left), min(size.width, canvas.width - left)) {
            let alpha = Float(word.pixels[(row * size.width + column) * 4 + 3]) / 255
            let target = (top + row) * canvas.width + left + column
            plane[target] = max(plane[target], alpha)
          }
        }
        bounds.left = min(bounds.left, max(0, left))
        bounds.top = min(bounds.top, max(0, top))
        bounds.right = max(bounds.right, min(canvas.width, left + size.width))
        bounds.bottom = max(bounds.bottom, min(canvas.height, top + size.height))
        x += (Double(asset.size.width) / Double(setting.em) + 0.26) * em
      }
    }
    guard bounds.right > bounds.left, bounds.bottom > bounds.top else { return nil }
    let whole = Mask(
      frame: PixelRectangle(x: 0, y: 0, width: canvas.width, height: canvas.height), values: plane)
    let mask = whole.fitted(
      to: PixelRectangle(
        x: bounds.left, y: bounds.top, width: bounds.right - bounds.left,
        height: bounds.bottom - bounds.top))
    let under = ground(
      under: Box(
        Double(bounds.left), Double(bounds.top), Double(bounds.right - bounds.left),
        Double(bounds.bottom - bounds.top)))
    // On a restless ground white letters with a dark edge read best, unless it is bright.
    let isRestless = under.spread > 0.09
    let own = isRestless && under.mean.luminance < 0.4 ? Ink.white : palette.text(on: under.mean)
    let color = ink ?? own
    var pixels = PlacedPixels(mask, .flat(color))
    if ink == nil, isRestless {
      let halo = mask.blurred(max(1, em * 0.1), movedBy: (x: 0, y: 0), on: canvas)
      let dark = color.luminance > 0.4 ? Ink.black : Ink.white
      pixels = pixels.with(over: PlacedPixels(halo, .flat(dark), opacity: 0.75))
    }
    let words = lines.map { $0.map { choice.pack.assets[$0].name }.joined(separator: " ") }
    return (
      DrawnLayer(
        pixels: pixels, name: name,
        phrase: "\(color.word) \(name) \"\(words.joined(separator: " / "))\""),
      used
    )
  }
}
