import Compositing
import DocumentModel
import Foundation
import Raster
import Testing

/// The blend functions once more, in double precision, a channel or a colour at a time.
private enum Reference {
  typealias Color = [Double]

  static func blend(_ b: Color, _ s: Color, _ mode: BlendMode) -> Color {
    switch mode {
    case .darkerColor: lum(s) < lum(b) ? s : b
    case .lighterColor: lum(s) > lum(b) ? s : b
    case .hue: setLum(setSat(s, sat(b)), lum(b))
    case .saturation: setLum(setSat(b, sat(s)), lum(b))
    case .color: setLum(s, lum(b))
    case .luminosity: setLum(b, lum(s))
    default: zip(b, s).map { channel($0, $1, mode) }
    }
  }

  static func channel(_ b: Double, _ s: Double, _ mode: BlendMode) -> Double {
    switch mode {
    case .darken: return min(b, s)
    case .multiply: return b * s
    case .colorBurn: return b == 1 ? 1 : s == 0 ? 0 : 1 - min(1, (1 - b) / s)
    case .linearBurn: return max(0, b + s - 1)
    case .lighten: return max(b, s)
    case .screen: return 1 - (1 - b) * (1 - s)
    case .colorDodge: return b == 0 ? 0 : s == 1 ? 1 : min(1, b / (1 - s))
    case .linearDodge: return min(1, b + s)
    case .overlay: return channel(s, b, .hardLight)
    case .hardLight: return s < 0.5 ? 2 * b * s : 1 - 2 * (1 - b) * (1 - s)
    case .softLight:
      if s <= 0.5 { return b - (1 - 2 * s) * b * (1 - b) }
      let d = b <= 0.25 ? 16 * b * b * b - 12 * b * b + 4 * b : sqrt(b)
      return b + (2 * s - 1) * (d - b)
    case .vividLight:
      if s == 0 || s == 1 { return s }
      return s < 0.5 ? max(0, 1 - (1 - b) / (2 * s)) : min(1, b / (2 - 2 * s))
    case .linearLight: return min(1, max(0, b + 2 * s - 1))
    case .pinLight: return s < 0.5 ? min(b, 2 * s) : max(b, 2 * s - 1)
    case .hardMix:
      let sum = Int((b * 255).rounded()) + Int((s * 255).rounded())
      return sum > 255 || sum == 255 && b > 0.5 ? 1 : 0
    case .difference: return abs(b - s)
    case .exclusion: return b * (1 - s) + s * (1 - b)
    case .subtract: return max(0, b - s)
    case .divide: return s == 0 ? (b == 0 ? 0 : 1) : min(1, b / s)
    default: return s
    }
  }

  static func lum(_ c: Color) -> Double { 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2] }

  static func sat(_ c: Color) -> Double { c.sorted()[2] - c.sorted()[0] }

  static func setLum(_ c: Color, _ wanted: Double) -> Color {
    var result = c.map { $0 + wanted - lum(c) }
    let grey = lum(result)
    let (lowest, highest) = (result.sorted()[0], result.sorted()[2])
    if lowest < 0 { result = result.map { grey + ($0 - grey) * grey / (grey - lowest) } }
    if highest > 1 { result = result.map { grey + ($0 - grey) * (1 - grey) / (highest - grey) } }
    return result
  }

  static func setSat(_ c: Color, _ wanted: Double) -> Color {
    let order = [0, 1, 2].sorted { c[$0] < c[$1] }
    var result: Color = [0, 0, 0]
    guard c[order[2]] > c[order[0]] else { return result }
    result[order[1]] = (c[order[1]] - c[order[0]]) * wanted / (c[order[2]] - c[order[0]])
    result[order[2]] = wanted
    return result
  }

  /// Premultiplied sums over the three regions where backdrop, source or both lie.
  static func composite(_ backdrop: RGBAPixel, _ source: RGBAPixel, _ mode: BlendMode) -> Color {
    let (b, s) = (channels(backdrop), channels(source))
    let (below, above) = (Double(backdrop.alpha) / 255, Double(source.alpha) / 255)
    let alpha = 1 - (1 - below) * (1 - above)
    guard alpha > 0 else { return [0, 0, 0, 0] }
    let both = blend(b, s, mode)
    let colors = (0..<3).map { i -> Double in
      let outside = b[i] * below * (1 - above) + s[i] * above * (1 - below)
      return (outside + both[i] * below * above) / alpha
    }
    return colors + [alpha]
  }

  private static func channels(_ pixel: RGBAPixel) -> Color {
    [pixel.red, pixel.green, pixel.blue].map { Double($0) / 255 }
  }
}

/// Pixels with extremes, complements and everything between; the same in every run.
private let samples: [RGBAPixel] = {
  var state: UInt32 = 1
  func next() -> UInt8 {
    state = state &* 1_664_525 &+ 1_013_904_223
    let extremes: [UInt8] = [0, 1, 127, 128, 254, 255]
    let value = UInt8(state >> 24)
    return value < 96 ? extremes[Int(value) % extremes.count] : UInt8((state >> 16) & 255)
  }
  return (0..<3000).map { _ in
    RGBAPixel(red: next(), green: next(), blue: next(), alpha: next())
  }
}()

@Suite struct BlendFormulaTests {
  @Test(arguments: BlendMode.allCases.filter { $0 != .dissolve })
  func everyModeIsWithinHalfAUnitOfDoublePrecision(mode: BlendMode) throws {
    // The second half is the first with complements, so that sums of exactly 1 occur.
    let backdrops = samples + samples
    let sources =
      samples.reversed()
      + samples.map {
        RGBAPixel(red: 255 - $0.red, green: 255 - $0.green, blue: $0.red, alpha: 255)
      }
    let results = try composite(
      [layer(backdrops), layer(sources, LayerAttributes(name: "", blendMode: mode))],
      width: backdrops.count)
    var worst = 0.0
    for index in backdrops.indices {
      let wanted = Reference.composite(backdrops[index], sources[index], mode)
      let result = results[index]
      worst = max(worst, abs(Double(result.alpha) - wanted[3] * 255))
      guard result.alpha > 0 else { continue }
      for (channel, found) in [result.red, result.green, result.blue].enumerated() {
        worst = max(worst, abs(Double(found) - wanted[channel] * 255))
      }
    }
    #expect(worst < 0.5 + 1e-3, "\(mode)")
  }

  @Test func dissolveShowsAsLargeAShareAsItsAlpha() throws {
    let width = 10_000
    let results = try composite(
      [
        layer(Array(repeating: grey(0), count: width)),
        layer(
          Array(repeating: grey(255, alpha: 64), count: width),
          LayerAttributes(name: "", blendMode: .dissolve)),
      ], width: width)
    #expect(results.allSatisfy { $0 == grey(0) || $0 == grey(255) })
    // Four standard deviations of a share of 64 / 255 among 10,000.
    #expect(abs(results.count { $0 == grey(255) } - 2510) < 174)
  }
}
