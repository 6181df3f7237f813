import Raster
import Shards

/// Words for a picture made of what its layers tell: their names, texts, colours and places.
package struct TemplateCaptioner: Sendable {
  /// What captions name as their author.
  package static let author = "template"

  /// The most layers that a caption speaks of.
  private static let maximumCount = 6

  package init() {}

  /// Describes layers, back to front; the same layers have the same caption.
  package func caption(of layers: [ExtractedLayer], on canvas: PixelSize, category: String)
    -> Caption
  {
    let shape =
      canvas.width > canvas.height * 5 / 4
      ? "wide" : canvas.height > canvas.width * 5 / 4 ? "tall" : "square"
    let kind = category == "other" ? "picture" : category
    var text = "A \(shape) \(kind) of \(layers.count) layers: "
    // What is in front is what people speak of.
    let spoken = layers.reversed().prefix(Self.maximumCount)
    text += spoken.map { phrase(for: $0, on: canvas) }.joined(separator: "; ")
    if layers.count > spoken.count { text += "; and \(layers.count - spoken.count) more" }
    return Caption(text + ".", by: Self.author)
  }

  private func phrase(for layer: ExtractedLayer, on canvas: PixelSize) -> String {
    let color = ColorWord.of(layer.pixels.image)
    let place = Self.place(of: layer.pixels.frame, on: canvas)
    if let words = layer.text.map(Self.plain), !words.isEmpty {
      return "\(color) text \"\(words)\" \(place)"
    }
    let name = Self.plain(layer.name)
    return name.isEmpty ? "a \(color) layer \(place)" : "a \(color) layer \"\(name)\" \(place)"
  }

  private static func place(of frame: PixelRectangle, on canvas: PixelSize) -> String {
    let share = Double(frame.width * frame.height) / Double(canvas.width * canvas.height)
    if share > 0.9 { return "over the whole canvas" }
    func third(_ center: Double, _ length: Int, _ names: [String]) -> String {
      names[max(0, min(2, Int(3 * center / Double(length))))]
    }
    let across = third(
      Double(frame.x) + Double(frame.width) / 2, canvas.width, ["left", "center", "right"])
    let down = third(
      Double(frame.y) + Double(frame.height) / 2, canvas.height, ["top", "middle", "bottom"])
    return across == "center" && down == "middle" ? "in the middle" : "at the \(down) \(across)"
  }

  /// One line of at most 80 characters without controls.
  private static func plain(_ text: String) -> String {
    var words = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: words += " "
      default: words.unicodeScalars.append(scalar == "\"" ? "'" : scalar)
      }
    }
    let line = words.split(separator: " ").joined(separator: " ")
    return line.count > 80 ? line.prefix(79) + "…" : line
  }
}

/// Plain words for colours.
enum ColorWord {
  /// The word for the mean colour of what shows.
  static func of(_ image: RasterImage) -> String {
    var sum = SIMD4<Int>.zero
    image.pixels.withUnsafeBufferPointer { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) {
        let alpha = Int(bytes[first + 3])
        sum &+= SIMD4(
          Int(bytes[first]) * alpha, Int(bytes[first + 1]) * alpha, Int(bytes[first + 2]) * alpha,
          alpha)
      }
    }
    guard sum.w > 0 else { return "clear" }
    return word(red: sum.x / sum.w, green: sum.y / sum.w, blue: sum.z / sum.w)
  }

  static func word(red: Int, green: Int, blue: Int) -> String {
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    let chroma = high - low
    guard chroma > 24 else {
      return high < 48 ? "black" : high > 216 ? "white" : "grey"
    }
    let sector: Double =
      high == red
      ? Double(green - blue) / Double(chroma)
      : high == green
        ? 2 + Double(blue - red) / Double(chroma) : 4 + Double(red - green) / Double(chroma)
    let hue = (sector * 60 + 360).truncatingRemainder(dividingBy: 360)
    switch hue {
    case ..<15: return "red"
    case ..<45: return high < 140 ? "brown" : "orange"
    case ..<70: return "yellow"
    case ..<165: return "green"
    case ..<200: return "turquoise"
    case ..<255: return "blue"
    case ..<290: return "purple"
    case ..<345: return "pink"
    default: return "red"
    }
  }
}
