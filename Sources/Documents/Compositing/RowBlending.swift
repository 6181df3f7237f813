import DocumentModel

/// What becomes of alpha where a source meets a backdrop.
enum CoverageRule {
  /// The union of both.
  case over

  /// That of the backdrop: the source shows only where the backdrop does.
  case atop
}

/// Blends a row of source pixels with the backdrop below them.
///
/// With straight colours C and alphas a of backdrop (b) and source (s), and the blend function B:
/// `over` gives `a = ab + as - ab as` and `a C = (1 - as) ab Cb + as ((1 - ab) Cs + ab B(Cb, Cs))`;
/// `atop` gives `a = ab` and `C = (1 - as) Cb + as B(Cb, Cs)`.
///
/// Source: ISO 32000-2, 11.3.6 and 11.3.7.2; W3C Compositing and Blending Level 1, 9.1.4.6 and 10.
///
/// Masks and opacity are already in the alpha of `source`. `backdrop` has as many pixels and receives the
/// result. `origin` is the first pixel's column and row on the canvas, which decide how dissolve falls.
func blendRow(
  _ source: UnsafeBufferPointer<Lanes>, onto backdrop: UnsafeMutableBufferPointer<Lanes>,
  mode: BlendMode, coverage: CoverageRule, origin: (x: Int, y: Int)
) {
  @inline(__always)
  func blend(_ function: (_ b: Lanes, _ s: Lanes) -> Lanes) {
    switch coverage {
    case .over:
      for index in 0..<source.count {
        backdrop[index] = laidOver(backdrop[index], source[index], function)
      }
    case .atop:
      for index in 0..<source.count {
        backdrop[index] = laidAtop(backdrop[index], source[index], function)
      }
    }
  }

  let one = Lanes(repeating: 1)
  switch mode {
  case .normal, .passThrough: blend { _, s in s }
  case .dissolve: dissolveRow(source, onto: backdrop, coverage: coverage, origin: origin)
  case .darken: blend { b, s in pointwiseMin(b, s) }
  case .multiply: blend { b, s in b * s }
  case .colorBurn: blend(colorBurn)
  case .linearBurn: blend { b, s in pointwiseMax(.zero, b + s - one) }
  case .darkerColor: blend { b, s in luminosity(s) < luminosity(b) ? s : b }
  case .lighten: blend { b, s in pointwiseMax(b, s) }
  case .screen: blend { b, s in b + s - b * s }
  case .colorDodge: blend(colorDodge)
  case .linearDodge: blend { b, s in pointwiseMin(one, b + s) }
  case .lighterColor: blend { b, s in luminosity(s) > luminosity(b) ? s : b }
  case .overlay: blend { b, s in hardLight(s, b) }
  case .softLight: blend(softLight)
  case .hardLight: blend(hardLight)
  case .vividLight: blend(vividLight)
  case .linearLight:
    blend { b, s in (b + s + s - one).clamped(lowerBound: .zero, upperBound: one) }
  case .pinLight: blend(pinLight)
  case .hardMix: blend(hardMix)
  case .difference: blend { b, s in pointwiseMax(b, s) - pointwiseMin(b, s) }
  case .exclusion: blend { b, s in b + s - 2 * b * s }
  case .subtract: blend { b, s in pointwiseMax(.zero, b - s) }
  case .divide: blend(divided)
  case .hue: blend { b, s in withLuminosity(withSaturation(s, saturation(b)), luminosity(b)) }
  case .saturation:
    blend { b, s in withLuminosity(withSaturation(b, saturation(s)), luminosity(b)) }
  case .color: blend { b, s in withLuminosity(s, luminosity(b)) }
  case .luminosity: blend { b, s in withLuminosity(b, luminosity(s)) }
  }
}

@inline(__always)
private func laidOver(
  _ backdrop: Lanes, _ source: Lanes, _ function: (_ b: Lanes, _ s: Lanes) -> Lanes
) -> Lanes {
  let above = source.w
  let below = backdrop.w
  guard above > 0 else { return backdrop }
  guard below > 0 else { return source }
  if above == 1, below == 1 {
    var result = function(backdrop, source)
    result.w = 1
    return result
  }
  let alpha = above + below - above * below
  let mixed = (1 - below) * source + below * function(backdrop, source)
  var result = ((1 - above) * below * backdrop + above * mixed) / alpha
  result.w = alpha
  return result
}

@inline(__always)
private func laidAtop(
  _ backdrop: Lanes, _ source: Lanes, _ function: (_ b: Lanes, _ s: Lanes) -> Lanes
) -> Lanes {
  guard source.w > 0, backdrop.w > 0 else { return backdrop }
  var result = (1 - source.w) * backdrop + source.w * function(backdrop, source)
  result.w = backdrop.w
  return result
}

/// Shows a share of the source's pixels, as large as their alpha, with alpha 1 and the others not at all.
///
/// Which pixels show is a hash of their place on the canvas. Photoshop's own pattern is not published;
/// this one has the same share and is the same in every run and for every way of cutting tiles.
private func dissolveRow(
  _ source: UnsafeBufferPointer<Lanes>, onto backdrop: UnsafeMutableBufferPointer<Lanes>,
  coverage: CoverageRule, origin: (x: Int, y: Int)
) {
  for index in 0..<source.count {
    var pixel = source[index]
    guard pixel.w > 0, threshold(x: origin.x + index, y: origin.y) < pixel.w else { continue }
    pixel.w = coverage == .atop ? backdrop[index].w : 1
    guard pixel.w > 0 else { continue }
    backdrop[index] = pixel
  }
}

/// A number in 0..<1 that looks random from place to place.
@inline(__always)
private func threshold(x: Int, y: Int) -> Float {
  // The finaliser of SplitMix64.
  var bits = UInt64(truncatingIfNeeded: x) &* 0x9E37_79B9_7F4A_7C15
  bits ^= UInt64(truncatingIfNeeded: y) &* 0xD1B5_4A32_D192_ED03
  bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
  bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
  bits ^= bits >> 31
  return Float(bits >> 40) / Float(1 << 24)
}
