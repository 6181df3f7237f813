import DocumentModel
import Raster

/// A shift of hue, saturation and lightness as image editors have it, in HSL of the sRGB values.
///
/// Hue is turned. Saturation is multiplied by 1 + shift, at most to 1. Lightness goes towards white by
/// the share of what is left, or towards black. Alpha stays; so do colours under alpha 0.
package struct HSLShift: Hashable, Sendable {
  /// Degrees of the colour circle.
  package let hue: Double

  /// -1 is grey, 0 leaves as it is, 1 doubles.
  package let saturation: Double

  /// -1 is black, 0 leaves as it is, 1 is white.
  package let lightness: Double

  /// Makes a shift.
  ///
  /// - Throws: ``EditingError/valueOutOfRange(quantity:found:range:)``; degrees are within a thousand
  ///   turns, the others within -1...1.
  package init(
    hue: Double = 0, saturation: Double = 0, lightness: Double = 0
  ) throws(EditingError) {
    for (quantity, value, limit) in [
      ("a hue shift of", hue, 360_000.0), ("a saturation shift of", saturation, 1),
      ("a lightness shift of", lightness, 1),
    ] where !(-limit...limit).contains(value) {
      throw .valueOutOfRange(quantity: quantity, found: value, range: -limit...limit)
    }
    self.hue = hue
    self.saturation = saturation
    self.lightness = lightness
  }

  /// The shifted colour of three values in 0...1.
  func shifted(_ color: SIMD3<Double>) -> SIMD3<Double> {
    let (low, high) = (color.min(), color.max())
    let chroma = high - low
    let sum = high + low
    var hue = 0.0
    if chroma > 0 {
      if high == color.x {
        hue = (color.y - color.z) / chroma
      } else if high == color.y {
        hue = (color.z - color.x) / chroma + 2
      } else {
        hue = (color.x - color.y) / chroma + 4
      }
    }
    var saturation = chroma > 0 ? chroma / (sum <= 1 ? sum : 2 - sum) : 0
    saturation = min(1, saturation * (1 + self.saturation))
    var light = sum / 2
    light = lightness < 0 ? light * (1 + lightness) : light + (1 - light) * lightness
    return rgb(hue: hue + self.hue / 60, saturation: saturation, lightness: light)
  }

  /// Hue counts sixths of the circle.
  private func rgb(hue: Double, saturation: Double, lightness: Double) -> SIMD3<Double> {
    let amplitude = saturation * min(lightness, 1 - lightness)
    func channel(_ offset: Double) -> Double {
      var k = (offset + hue * 2).truncatingRemainder(dividingBy: 12)
      if k < 0 { k += 12 }
      return lightness - amplitude * max(-1, min(k - 3, 9 - k, 1))
    }
    return SIMD3(channel(0), channel(8), channel(4))
  }
}

extension LayerNode {
  /// The node with the colours of all its pixels shifted.
  func colorsShifted(by shift: HSLShift) throws(EditingError) -> LayerNode {
    _ = try requireBox()
    return try recoloringPixels { color in
      let result = shift.shifted(SIMD3<Double>(color) / 255) * 255 + 0.5
      return SIMD3<UInt8>(
        truncatingIfNeeded: SIMD3<Int32>(
          result.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 255))))
    }
  }

  /// The node with another colour for every pixel that is not transparent.
  ///
  /// A run of equal pixels is computed once.
  func recoloringPixels(
    _ change: (SIMD3<UInt8>) -> SIMD3<UInt8>
  ) throws(EditingError) -> LayerNode {
    let node = try mapChildren { child throws(EditingError) in
      try child.recoloringPixels(change)
    }
    guard case .layer(var layer) = node, var pixels = layer.pixels else { return node }
    let size = pixels.size
    pixels.updatePixels { bytes in
      inRows(size.height) { y in
        var last: (from: SIMD3<UInt8>, to: SIMD3<UInt8>)?
        let row = y * size.width * 4
        for first in stride(from: row, to: row + size.width * 4, by: 4)
        where bytes[first + 3] > 0 {
          let color = SIMD3(bytes[first], bytes[first + 1], bytes[first + 2])
          let result: SIMD3<UInt8>
          if let last, last.from == color { result = last.to } else { result = change(color) }
          last = (color, result)
          for channel in 0..<3 { bytes[first + channel] = result[channel] }
        }
      }
    }
    layer.pixels = pixels
    return LayerNode.layer(layer).withoutInstructions
  }
}
