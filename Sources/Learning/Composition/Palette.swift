import Glibc
import Raster
import Shards

/// A colour of a design.
struct Ink: Hashable {
  var red: Double, green: Double, blue: Double

  static let white = Ink(red: 1, green: 1, blue: 1)
  static let black = Ink(red: 0.06, green: 0.07, blue: 0.09)

  init(red: Double, green: Double, blue: Double) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// Of lightness 0...1, chroma 0...0.3 and hue in degrees; what sRGB lacks is clipped.
  ///
  /// Source: Björn Ottosson, "A perceptual color space for image processing", 2020 (Oklab).
  init(lightness: Double, chroma: Double, hue: Double) {
    let a = chroma * cos(hue * .pi / 180)
    let b = chroma * sin(hue * .pi / 180)
    func cube(_ value: Double) -> Double { value * value * value }
    let l = cube(lightness + 0.3963377774 * a + 0.2158037573 * b)
    let m = cube(lightness - 0.1055613458 * a - 0.0638541728 * b)
    let s = cube(lightness - 0.0894841775 * a - 1.2914855480 * b)
    func encoded(_ linear: Double) -> Double {
      let value = min(1, max(0, linear))
      return value <= 0.0031308 ? 12.92 * value : 1.055 * pow(value, 1 / 2.4) - 0.055
    }
    red = encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)
    green = encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)
    blue = encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)
  }

  var bytes: SIMD3<UInt8> {
    SIMD3(
      UInt8((red * 255).rounded()), UInt8((green * 255).rounded()), UInt8((blue * 255).rounded()))
  }

  /// Relative luminance, roughly.
  var luminance: Double {
    0.2126 * pow(red, 2.2) + 0.7152 * pow(green, 2.2) + 0.0722 * pow(blue, 2.2)
  }

  /// The contrast of WCAG 2: 1...21.
  func contrast(with other: Ink) -> Double {
    let (a, b) = (luminance, other.luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  func mixed(with other: Ink, _ share: Double) -> Ink {
    Ink(
      red: red + (other.red - red) * share, green: green + (other.green - green) * share,
      blue: blue + (other.blue - blue) * share)
  }

  /// A plain word for the colour.
  var word: String {
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    let chroma = high - low
    guard chroma > 0.1 else { return high < 0.25 ? "black" : high > 0.85 ? "white" : "grey" }
    let sector =
      high == red
      ? (green - blue) / chroma
      : high == green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma
    let prefix = high < 0.4 ? "dark " : low > 0.7 ? "pale " : ""
    let hue = (sector * 60 + 360).truncatingRemainder(dividingBy: 360)
    let name =
      switch hue {
      case ..<15, 345...: "red"
      case ..<45: high < 0.55 ? "brown" : "orange"
      case ..<70: "yellow"
      case ..<165: "green"
      case ..<200: "turquoise"
      case ..<255: "blue"
      case ..<290: "purple"
      default: "pink"
      }
    return prefix + name
  }
}

/// The colours of one design, chosen to go together.
struct Palette {
  let isDark: Bool
  /// Of the canvas.
  let ground: Ink
  /// Of panels and cards.
  let surface: Ink
  /// Of large shapes.
  let primary: Ink
  /// Of small things that draw the eye.
  let accent: Ink
  /// Of bold grounds.
  let strong: Ink

  init(_ random: inout SeededRandom) {
    let hue = random.number(in: 0...360)
    let apart = random.element(of: [25.0, -30, 60, 120, 150, 180, 200])
    let chroma = random.number(in: 0.08...0.19)
    isDark = random.happens(0.35)
    primary = Ink(lightness: random.number(in: 0.5...0.72), chroma: chroma, hue: hue)
    accent = Ink(
      lightness: random.number(in: 0.65...0.85), chroma: random.number(in: 0.13...0.2),
      hue: hue + apart)
    strong = Ink(
      lightness: random.number(in: 0.38...0.6), chroma: random.number(in: 0.09...0.18), hue: hue)
    if isDark {
      ground = Ink(
        lightness: random.number(in: 0.17...0.3), chroma: random.number(in: 0...0.06), hue: hue)
      surface = Ink(lightness: random.number(in: 0.32...0.4), chroma: 0.04, hue: hue)
    } else {
      ground = Ink(
        lightness: random.number(in: 0.9...0.985), chroma: random.number(in: 0...0.045),
        hue: hue + apart / 4)
      surface = random.happens(0.6) ? .white : Ink(lightness: 0.97, chroma: 0.015, hue: hue)
    }
  }

  /// White or nearly black, whatever reads better on a colour.
  func text(on ink: Ink) -> Ink {
    let dark = Ink.black.mixed(with: strong, 0.18)
    return Ink.white.contrast(with: ink) * 1.35 > dark.contrast(with: ink) ? .white : dark
  }

  /// A colour of the palette that reads well on another one, or else black or white.
  func colored(on ink: Ink) -> Ink {
    [accent, strong, primary].first { $0.contrast(with: ink) > 3.4 } ?? text(on: ink)
  }
}
