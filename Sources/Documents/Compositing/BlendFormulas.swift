// Letters: b the colour below (backdrop), s the colour above (source), each 0...1 in lanes red, green, blue.
// What stands in lane 3 is never used.

/// Four lanes: red, green, blue and, where a whole pixel is meant, straight alpha, 0...1.
typealias Lanes = SIMD4<Float>

private let zero = Lanes(repeating: 0)
private let one = Lanes(repeating: 1)

// MARK: Each channel by itself

/// Source: W3C Compositing and Blending Level 1, 10.1.7: white stays white, else black burns all.
@inline(__always)
func colorBurn(_ b: Lanes, _ s: Lanes) -> Lanes {
  let burned = one - pointwiseMin(one, (one - b) / s)
  return burned.replacing(with: zero, where: s .<= zero).replacing(with: one, where: b .>= one)
}

/// Source: W3C Compositing and Blending Level 1, 10.1.6: black stays black, else white dodges all.
@inline(__always)
func colorDodge(_ b: Lanes, _ s: Lanes) -> Lanes {
  let dodged = pointwiseMin(one, b / (one - s))
  return dodged.replacing(with: one, where: s .>= one).replacing(with: zero, where: b .<= zero)
}

/// Source: W3C Compositing and Blending Level 1, 10.1.8.
@inline(__always)
func hardLight(_ b: Lanes, _ s: Lanes) -> Lanes {
  let doubled = s + s
  let screened = doubled - one
  return (b * doubled).replacing(with: b + screened - b * screened, where: s .> 0.5)
}

/// Source: W3C Compositing and Blending Level 1, 10.1.9.
@inline(__always)
func softLight(_ b: Lanes, _ s: Lanes) -> Lanes {
  let root = b.squareRoot().replacing(
    with: ((16 * b - 12 * one) * b + 4 * one) * b, where: b .<= 0.25)
  let weight = s + s - one
  return (b + weight * b * (one - b)).replacing(with: b + weight * (root - b), where: s .> 0.5)
}

/// Burns with dark sources, dodges with light ones.
///
/// Unlike in colour burn and dodge, a black or white source wins over any backdrop, as in Photoshop.
@inline(__always)
func vividLight(_ b: Lanes, _ s: Lanes) -> Lanes {
  let burned = one - pointwiseMin(one, (one - b) / (s + s))
  let dodged = pointwiseMin(one, b / (2 * (one - s)))
  return burned.replacing(with: zero, where: s .<= zero)
    .replacing(with: dodged, where: s .> 0.5)
    .replacing(with: one, where: s .>= one)
}

/// The darker of `b` and `2 s` under dark sources, the lighter of `b` and `2 s - 1` under light ones.
@inline(__always)
func pinLight(_ b: Lanes, _ s: Lanes) -> Lanes {
  pointwiseMin(b, s + s).replacing(with: pointwiseMax(b, s + s - one), where: s .> 0.5)
}

/// White where the sum exceeds 1; where it is just 1, the backdrop decides, as in Photoshop.
@inline(__always)
func hardMix(_ b: Lanes, _ s: Lanes) -> Lanes {
  let sum = b + s
  return zero.replacing(with: one, where: (sum .> one) .| ((sum .== one) .& (b .> 0.5)))
}

/// Anything above black divided by black is white.
@inline(__always)
func divided(_ b: Lanes, _ s: Lanes) -> Lanes {
  pointwiseMin(one, b / s).replacing(
    with: zero.replacing(with: one, where: b .> zero), where: s .<= zero)
}

// MARK: All channels together

/// Source: W3C Compositing and Blending Level 1, 10.2, `Lum`.
@inline(__always)
func luminosity(_ c: Lanes) -> Float {
  0.3 * c.x + 0.59 * c.y + 0.11 * c.z
}

/// Source: W3C Compositing and Blending Level 1, 10.2, `Sat`.
@inline(__always)
func saturation(_ c: Lanes) -> Float {
  max(c.x, c.y, c.z) - min(c.x, c.y, c.z)
}

/// `c` shifted to a luminosity and drawn towards grey until it fits 0...1.
///
/// Source: W3C Compositing and Blending Level 1, 10.2, `SetLum` and `ClipColor`.
@inline(__always)
func withLuminosity(_ c: Lanes, _ wanted: Float) -> Lanes {
  let shifted = c + (wanted - luminosity(c))
  let grey = luminosity(shifted)
  let lowest = min(shifted.x, shifted.y, shifted.z)
  let highest = max(shifted.x, shifted.y, shifted.z)
  var scale: Float = 1
  if lowest < 0, grey > lowest { scale = min(scale, grey / (grey - lowest)) }
  if highest > 1, highest > grey { scale = min(scale, (1 - grey) / (highest - grey)) }
  return (Lanes(repeating: grey) + (shifted - grey) * scale).clamped(
    lowerBound: zero, upperBound: one)
}

/// `c` stretched to a saturation with its lowest channel at 0.
///
/// Source: W3C Compositing and Blending Level 1, 10.2, `SetSat`: the middle channel keeps its place
/// between the others, so all three scale alike.
@inline(__always)
func withSaturation(_ c: Lanes, _ wanted: Float) -> Lanes {
  let lowest = min(c.x, c.y, c.z)
  let range = saturation(c)
  return range > 0 ? (c - lowest) * (wanted / range) : zero
}
