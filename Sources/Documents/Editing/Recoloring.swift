import DocumentModel
import Glibc
import Raster

/// Gives pixels one colour and keeps their shading.
///
/// In Oklab: `L' = clamp(Lc + round(4096 (L - mean)) / 4096)` and `(a', b') = k (ac, bc)`. `L` is the
/// pixel's lightness, `Lc, ac, bc` the new colour, `mean` the lightness of all pixels that are recoloured
/// together, weighed by alpha, and `k` the largest number in 0...1 for which the result is a colour of
/// sRGB. So pixels of one colour become the new colour exactly, and brighter or darker ones its tints
/// and shades. Alpha stays; so do colours under alpha 0.
///
/// Source: Björn Ottosson, "A perceptual color space for image processing" (2020).
struct Recoloring: Sendable {
  private let mean: Double
  /// The result for each rounded difference of lightness, from -4096 on.
  private let results: [SIMD3<UInt8>]
  private static let steps = 4096

  /// - Parameters:
  ///   - color: The new colour; its alpha is not read.
  ///   - mean: The mean lightness of the pixels.
  init(_ color: RGBAPixel, mean: Double) {
    self.mean = mean
    let target = Oklab(SIMD3(color.red, color.green, color.blue))
    results = (-Self.steps...Self.steps).map { difference in
      let shift = Double(difference) / Double(Self.steps)
      let lightness = min(max(target.lightness + shift, 0), 1)
      return Oklab(lightness: lightness, a: target.a, b: target.b).nearestByLessChroma
    }
  }

  /// The new colour of a pixel.
  func recolored(_ color: SIMD3<UInt8>) -> SIMD3<UInt8> {
    let difference = (Oklab(color).lightness - mean) * Double(Self.steps)
    return results[Int(difference.rounded()) + Self.steps]
  }
}

/// A colour of Oklab: lightness 0...1, green to red, blue to yellow.
struct Oklab {
  let lightness: Double
  let a: Double
  let b: Double

  init(lightness: Double, a: Double, b: Double) {
    self.lightness = lightness
    self.a = a
    self.b = b
  }

  init(_ color: SIMD3<UInt8>) {
    let (r, g, b) = (linear[Int(color.x)], linear[Int(color.y)], linear[Int(color.z)])
    let l = cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    let m = cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    let s = cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = min(1, 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s)
    a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    self.b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
  }

  /// The colour in sRGB of the same lightness and hue and as much chroma as there is.
  var nearestByLessChroma: SIMD3<UInt8> {
    var (low, high) = (0.0, 1.0)
    if isInGamut(1) {
      low = 1
    } else {
      for _ in 0..<24 {
        let middle = (low + high) / 2
        if isInGamut(middle) { low = middle } else { high = middle }
      }
    }
    let color = linearRGB(chroma: low)
    return SIMD3(encoded(color.x), encoded(color.y), encoded(color.z))
  }

  private func isInGamut(_ chroma: Double) -> Bool {
    let color = linearRGB(chroma: chroma)
    return color.min() >= -1e-4 && color.max() <= 1.0001
  }

  private func linearRGB(chroma: Double) -> SIMD3<Double> {
    let (a, b) = (a * chroma, b * chroma)
    let l = lightness + 0.3963377774 * a + 0.2158037573 * b
    let m = lightness - 0.1055613458 * a - 0.0638541728 * b
    let s = lightness - 0.0894841775 * a - 1.2914855480 * b
    let (l3, m3, s3) = (l * l * l, m * m * m, s * s * s)
    return SIMD3(
      4.0767416621 * l3 - 3.3077115913 * m3 + 0.2309699292 * s3,
      -1.2684380046 * l3 + 2.6097574011 * m3 - 0.3413193965 * s3,
      -0.0041960863 * l3 - 0.7034186147 * m3 + 1.7076147010 * s3)
  }
}

/// The linear light of each byte of sRGB, 0...1.
private let linear: [Double] = (0..<256).map { byte in
  let value = Double(byte) / 255
  return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
}

/// The nearest byte of sRGB for linear light.
private func encoded(_ light: Double) -> UInt8 {
  let light = min(max(light, 0), 1)
  let value = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
  return UInt8((value * 255).rounded())
}

extension LayerNode {
  /// The node in one colour; the members of a group share one mean.
  func recolored(_ color: RGBAPixel) throws(EditingError) -> LayerNode {
    guard color.alpha == 255 else { throw .transparentColor(color) }
    _ = try requireBox()
    let (sum, weight) = lightnessSum
    guard weight > 0 else { return self }
    let recoloring = Recoloring(color, mean: sum / weight)
    return try recoloringPixels(recoloring.recolored)
  }

  /// The lightness of all pixels times their alpha, and the sum of alphas.
  private var lightnessSum: (sum: Double, weight: Double) {
    guard case .layer(let layer) = self else {
      return children.map(\.lightnessSum).reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
    }
    guard let pixels = layer.pixels else { return (0, 0) }
    var result = (sum: 0.0, weight: 0.0)
    var last: (color: SIMD3<UInt8>, lightness: Double)?
    pixels.pixels.withUnsafeBufferPointer { bytes in
      for first in stride(from: 0, to: bytes.count, by: 4) where bytes[first + 3] > 0 {
        let color = SIMD3(bytes[first], bytes[first + 1], bytes[first + 2])
        let lightness: Double
        if let last, last.color == color {
          lightness = last.lightness
        } else {
          lightness = Oklab(color).lightness
        }
        last = (color, lightness)
        let alpha = Double(bytes[first + 3])
        result = (result.sum + alpha * lightness, result.weight + alpha)
      }
    }
    return result
  }
}
