import DocumentModel

extension Adjustment {
  /// Changes the colours of pixels, 0...1; their alpha stays.
  func apply(to pixels: UnsafeMutableBufferPointer<Lanes>) {
    switch self {
    case .tones(let tables): tables.apply(to: pixels)
    case .threshold(let level):
      for index in pixels.indices {
        let color = pixels[index].rounded255
        // Whole numbers, so that halves are exact; they count as below.
        let percents = 30 * color.x + 59 * color.y + 11 * color.z
        let isLight = percents > 100 * Float(level) - 50
        pixels[index].setColor(Lanes(repeating: isLight ? 1 : 0))
      }
    case .hue(let hue):
      for index in pixels.indices {
        let color = hue.adjusted(pixels[index].rounded255 / 255)
        pixels[index].setColor((color * 255 + 0.5).rounded(.down) / 255)
      }
    }
  }
}

extension ToneTables {
  fileprivate func apply(to pixels: UnsafeMutableBufferPointer<Lanes>) {
    red.values.withUnsafeBufferPointer { red in
      green.values.withUnsafeBufferPointer { green in
        blue.values.withUnsafeBufferPointer { blue in
          for index in pixels.indices {
            let color = pixels[index].rounded255
            // Rounded colours are whole numbers of 0...255, and tables have 256 values.
            let changed = Lanes(
              Float(red[Int(color.x)]), Float(green[Int(color.y)]), Float(blue[Int(color.z)]), 0)
            pixels[index].setColor(changed / 255)
          }
        }
      }
    }
  }
}

extension Lanes {
  /// The channels as whole numbers of 0...255, halves rounded up, NaN 0.
  fileprivate var rounded255: Lanes {
    let scaled = self * 255 + 0.5
    return scaled.replacing(with: 0, where: .!(scaled .>= 0))
      .clamped(lowerBound: .zero, upperBound: Lanes(repeating: 255)).rounded(.down)
  }

  /// Takes over the colour of another pixel.
  fileprivate mutating func setColor(_ color: Lanes) {
    let alpha = w
    self = color
    w = alpha
  }
}

extension HueAdjustment {
  /// The colour, 0...1, after the change.
  ///
  /// Lightness draws towards white or black first, then hue turns and saturation changes in HSL. Adobe publishes no
  /// formula: this is the one that gives the merged pictures of files within a level or two.
  fileprivate func adjusted(_ color: Lanes) -> Lanes {
    var hsl = HSL(isColorizing ? color : lightened(color))
    if isColorizing {
      hsl.hue = Float(hue)
      hsl.saturation = Float(saturation)
      hsl.lightness = lightened(Lanes(repeating: hsl.lightness)).x
    } else {
      hsl.hue += Float(hue)
      let share = Float(saturation)
      hsl.saturation *= share > 0 ? 1 / (1.01 - share) : 1 + share
      hsl.saturation = min(1, hsl.saturation)
    }
    return hsl.color
  }

  private func lightened(_ color: Lanes) -> Lanes {
    let share = Float(lightness)
    return share > 0 ? color + (1 - color) * share : color * (1 + share)
  }
}

/// Hue in degrees, saturation and lightness of 0...1.
private struct HSL {
  var hue: Float
  var saturation: Float
  var lightness: Float

  init(_ color: Lanes) {
    let high = max(color.x, color.y, color.z)
    let low = min(color.x, color.y, color.z)
    let range = high - low
    lightness = (high + low) / 2
    saturation = range > 0 ? range / (1 - abs(high + low - 1)) : 0
    guard range > 0 else {
      hue = 0
      return
    }
    hue =
      high == color.x
      ? (color.y - color.z) / range
      : high == color.y ? (color.z - color.x) / range + 2 : (color.x - color.y) / range + 4
    hue *= 60
  }

  var color: Lanes {
    let chroma = (1 - abs(2 * lightness - 1)) * saturation
    func channel(_ offset: Float) -> Float {
      let turn = (hue / 30 + offset) / 12
      let place = (turn - turn.rounded(.down)) * 12
      return lightness - chroma / 2 * max(-1, min(place - 3, 9 - place, 1))
    }
    return Lanes(channel(0), channel(8), channel(4), 0)
  }
}
