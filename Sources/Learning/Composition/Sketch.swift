import Assets
import Glibc
import ImageCodecs
import Raster
import Shards

/// A layer in the making: pixels and the words for it.
struct DrawnLayer {
  var pixels: PlacedPixels
  var name: String
  /// A phrase for the caption, such as "a red circle".
  var phrase: String

  /// Lays another drawing over this one; both are one layer then.
  mutating func add(_ other: DrawnLayer) {
    pixels = other.pixels.with(over: pixels)
    phrase += " with \(other.phrase)"
  }
}

/// Draws the parts of one sample, and knows the picture so far.
struct Sketch {
  let canvas: PixelSize
  let choice: AssetChoice
  var random: SeededRandom
  let palette: Palette
  /// The composite of the layers so far.
  var picture: RasterImage

  var width: Double { Double(canvas.width) }
  var height: Double { Double(canvas.height) }
  /// The side of a square of the same area.
  var unit: Double { (width * height).squareRoot() }
  var whole: Box { Box(0, 0, width, height) }

  // MARK: Grounds

  mutating func background(_ kinds: [Ground]) throws -> DrawnLayer {
    switch random.element(of: kinds) {
    case .photo where !choice.photos.isEmpty:
      let place = random.element(of: choice.photos)
      let pixels = try photograph(place, in: whole)
      let name = choice.pack.assets[place].name
      return DrawnLayer(pixels: pixels, name: "background: \(name)", phrase: "a photo of \(name)")
    case .gradient:
      let first = random.happens(0.5) ? palette.strong : palette.ground
      let second = first.mixed(
        with: random.happens(0.5) ? palette.accent : palette.primary, random.number(in: 0.35...0.8))
      let angle = random.element(of: [0, 0.5, 0.25, 0.75]) * Double.pi
      return full(.gradient(first, second, angle: angle), "gradient")
    case .bold: return full(.flat(palette.strong), "plain")
    case .pattern: return pattern()
    case .photo, .flat: return full(.flat(palette.ground), "plain")
    }
  }

  private func full(_ paint: Paint, _ word: String) -> DrawnLayer {
    let mask = Mask(
      frame: PixelRectangle(x: 0, y: 0, width: canvas.width, height: canvas.height),
      values: [Float](repeating: 1, count: canvas.width * canvas.height))
    return DrawnLayer(
      pixels: PlacedPixels(mask, paint), name: "background",
      phrase: "a \(word) \(paint.word) background")
  }

  private mutating func pattern() -> DrawnLayer {
    let base = random.happens(0.6) ? palette.ground : palette.strong
    let mark = base.mixed(with: random.happens(0.5) ? palette.primary : .white, 0.16)
    let step = (unit * random.number(in: 0.05...0.11)).rounded()
    let kind = random.element(of: ["striped", "dotted", "checked", "lined", "waved"])
    let mask = Mask(whole, on: canvas) { x, y in
      func saw(_ value: Double) -> Double {
        abs(value - (value / step).rounded() * step)
      }
      switch kind {
      case "striped": return saw((x + y) * 0.7071) - step / 4
      case "dotted":
        let row = (y / step).rounded()
        return hypot(saw(x + (row.truncatingRemainder(dividingBy: 2)) * step / 2), y - row * step)
          - step * 0.2
      case "checked":
        return (saw(x) - step / 4) * (saw(y) - step / 4) < 0 ? 1 : -1
      case "lined": return min(saw(x), saw(y)) - 0.7
      default: return saw(y + sin(x / step * 2) * step * 0.25) - step * 0.14
      }
    }
    let ground = full(.flat(base), "plain")
    return DrawnLayer(
      pixels: PlacedPixels(mask, .flat(mark)).with(over: ground.pixels), name: "background",
      phrase: "a \(kind) \(base.word) background")
  }

  enum Ground { case photo, gradient, flat, bold, pattern }

  // MARK: Pictures

  /// A photograph that covers a box, cut at its middle.
  func photograph(_ place: Int, in box: Box) throws -> PlacedPixels {
    let image = try choice.pack.picture(at: place)
    let x = Int(box.left.rounded())
    let y = Int(box.top.rounded())
    let size = PixelSize(
      width: max(1, Int(box.right.rounded()) - x), height: max(1, Int(box.bottom.rounded()) - y))
    let scale = max(
      Double(size.width) / Double(image.size.width), Double(size.height) / Double(image.size.height)
    )
    let cut = PixelSize(
      width: min(image.size.width, max(1, Int(Double(size.width) / scale))),
      height: min(image.size.height, max(1, Int(Double(size.height) / scale))))
    let part = image.cropped(
      to: PixelRectangle(
        x: (image.size.width - cut.width) / 2, y: (image.size.height - cut.height) / 2,
        width: cut.width, height: cut.height))
    return PlacedPixels(try part.resized(to: size, using: .bicubic), x: x, y: y, on: canvas)
  }

  /// A photograph in a shape, perhaps with a shadow.
  mutating func photoCard(in box: Box, corner: Double, hasShadow: Bool) throws -> DrawnLayer? {
    guard !choice.photos.isEmpty else { return nil }
    let place = random.element(of: choice.photos)
    let pixels = try photograph(place, in: box)
    let rounded = Box(
      Double(pixels.frame.x), Double(pixels.frame.y), Double(pixels.frame.width),
      Double(pixels.frame.height))
    var mask = Figure.rounded(corner).mask(in: rounded, on: canvas)
    mask = mask.fitted(to: pixels.frame)
    let name = choice.pack.assets[place].name
    let shown = pixels.masked(by: mask)
    return DrawnLayer(
      pixels: hasShadow ? shadowed(shown) : shown, name: "photo: \(name)",
      phrase: "a photo of \(name)")
  }

  /// A cut-out, as large as fits into a box, standing on its middle or its bottom.
  mutating func cutOut(
    _ kind: AssetKind, in box: Box, isStanding: Bool = false, hasShadow: Bool = true
  ) throws -> DrawnLayer? {
    let places = kind == .emoji && !choice.emoji.isEmpty ? choice.emoji : choice.objects
    guard !places.isEmpty else { return nil }
    let place = random.element(of: places)
    let image = try choice.pack.picture(at: place)
    let scale = min(box.width / Double(image.size.width), box.height / Double(image.size.height))
    let size = PixelSize(
      width: max(1, Int(Double(image.size.width) * scale)),
      height: max(1, Int(Double(image.size.height) * scale)))
    let sized = try image.resized(to: size, using: .bicubic)
    let x = Int((box.centerX - Double(size.width) / 2).rounded())
    let y = Int(
      (isStanding ? box.bottom - Double(size.height) : box.centerY - Double(size.height) / 2)
        .rounded())
    let pixels = PlacedPixels(sized, x: x, y: y, on: canvas)
    let name = choice.pack.assets[place].name
    return DrawnLayer(
      pixels: hasShadow ? shadowed(pixels) : pixels, name: name, phrase: "\(article(name)) \(name)")
  }

  /// Pixels over a soft shadow, or over a glow.
  mutating func shadowed(_ pixels: PlacedPixels) -> PlacedPixels {
    guard pixels.frame.width > 0, pixels.frame.height > 0 else { return pixels }
    let radius = unit * random.number(in: 0.008...0.022)
    let drop = Int((unit * random.number(in: 0.006...0.02)).rounded())
    let mask = pixels.alpha.blurred(radius, movedBy: (x: 0, y: drop), on: canvas)
    let shadow = PlacedPixels(
      mask, .flat(.black), opacity: random.number(in: 0.22...0.45))
    return pixels.with(over: shadow)
  }

  // MARK: Shapes

  mutating func shape(
    _ figure: Figure, in box: Box, _ paint: Paint, opacity: Double = 1, hasShadow: Bool = false,
    name: String? = nil
  ) -> DrawnLayer {
    let mask = figure.mask(in: box, on: canvas)
    let pixels = PlacedPixels(mask, paint, opacity: opacity)
    let name = name ?? figure.word
    let clarity = opacity < 0.95 ? "semi-transparent " : ""
    let phrase = "\(clarity)\(paint.word) \(name)"
    return DrawnLayer(
      pixels: hasShadow ? shadowed(pixels) : pixels, name: name,
      phrase: "\(article(phrase)) \(phrase)")
  }

  /// Light that fades from the middle of a box.
  func glow(in box: Box, _ ink: Ink, opacity: Double) -> DrawnLayer {
    var mask = Mask(box, on: canvas) { _, _ in -1 }
    let frame = mask.frame
    for place in mask.values.indices {
      let x = Double(frame.x + place % max(1, frame.width)) + 0.5 - box.centerX
      let y = Double(frame.y + place / max(1, frame.width)) + 0.5 - box.centerY
      let distance = min(1, hypot(x / box.width, y / box.height) * 2)
      mask.values[place] = Float((1 - distance) * (1 - distance) * (1 + 2 * distance))
    }
    return DrawnLayer(
      pixels: PlacedPixels(mask, .flat(ink), opacity: opacity), name: "glow",
      phrase: "a soft \(ink.word) glow")
  }

  /// Mean and spread of the picture's lightness in a box.
  func ground(under box: Box) -> (mean: Ink, spread: Double) {
    let left = max(0, min(canvas.width - 1, Int(box.left)))
    let right = max(left + 1, min(canvas.width, Int(box.right)))
    let top = max(0, min(canvas.height - 1, Int(box.top)))
    let bottom = max(top + 1, min(canvas.height, Int(box.bottom)))
    let step = max(1, (right - left) / 24)
    var (sum, count): (SIMD3<Double>, Double) = (.zero, 0)
    var (light, squares) = (0.0, 0.0)
    for y in stride(from: top, to: bottom, by: step) {
      for x in stride(from: left, to: right, by: step) {
        let first = (y * canvas.width + x) * 4
        let color = SIMD3(
          Double(picture.pixels[first]), Double(picture.pixels[first + 1]),
          Double(picture.pixels[first + 2]))
        sum += color
        let value = (color * SIMD3(0.3, 0.59, 0.11)).sum() / 255
        light += value
        squares += value * value
        count += 1
      }
    }
    let mean = sum / (255 * count)
    let spread = max(0, squares / count - light / count * light / count).squareRoot()
    return (Ink(red: mean.x, green: mean.y, blue: mean.z), spread)
  }
}

extension Mask {
  /// The same coverage on another frame; what is not covered is 0.
  func fitted(to other: PixelRectangle) -> Mask {
    guard other != frame else { return self }
    var result = [Float](repeating: 0, count: other.width * other.height)
    for y in max(
      frame.y, other.y)..<max(frame.y, other.y, min(frame.y + frame.height, other.y + other.height))
    {
      for x in max(
        frame.x, other.x)..<max(frame.x, other.x, min(frame.x + frame.width, other.x + other.width))
      {
        result[(y - other.y) * other.width + x - other.x] =
          values[(y - frame.y) * frame.width + x - frame.x]
      }
    }
    return Mask(frame: other, values: result)
  }
}

/// "a" or "an".
func article(_ phrase: String) -> String {
  phrase.first.map { "aeiou".contains($0) } == true ? "an" : "a"
}
