import Glibc

/// CIE Lab of illuminant D50 as sRGB; lightness 0...255 is 0...100, a and b are 128 more than they
/// mean.
///
/// Lab to XYZ by CIE 15:2004; XYZ of D50 to linear sRGB by the inverse of the matrix in the ICC's
/// sRGB profile, which adapts to D65 by Bradford's method. Colours that sRGB cannot show are cut
/// channel by channel.
func sRGB(lightness: UInt8, a: UInt8, b: UInt8) -> (UInt8, UInt8, UInt8) {
  let y = (Float(lightness) * 100 / 255 + 16) / 116
  let x = y + (Float(a) - 128) / 500
  let z = y - (Float(b) - 128) / 200
  let tristimulusX = 0.96422 * uncompressed(x)
  let tristimulusY = uncompressed(y)
  let tristimulusZ = 0.82521 * uncompressed(z)
  return (
    sRGBByte(
      linear: 3.1338561 * tristimulusX - 1.6168667 * tristimulusY - 0.4906146 * tristimulusZ),
    sRGBByte(
      linear: -0.9787684 * tristimulusX + 1.9161415 * tristimulusY + 0.0334540 * tristimulusZ),
    sRGBByte(linear: 0.0719453 * tristimulusX - 0.2289914 * tristimulusY + 1.4052427 * tristimulusZ)
  )
}

/// The inverse of the cube root that CIE Lab applies, straight near 0.
private func uncompressed(_ value: Float) -> Float {
  value > 6 / 29 ? value * value * value : 3 * 36 / 841 * (value - 4 / 29)
}
