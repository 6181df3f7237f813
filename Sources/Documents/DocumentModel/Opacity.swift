/// How much of a layer shows, 0...1.
///
/// PSD stores bytes and OpenRaster decimal fractions; both come back as they were.
package struct Opacity: Hashable, Sendable {
  /// 0 is transparent, 1 opaque.
  package let fraction: Double

  /// All of the layer shows.
  package static let opaque = Opacity(byte: 255)

  /// Makes an opacity of a byte, 255 being opaque.
  package init(byte: UInt8) {
    fraction = Double(byte) / 255
  }

  /// Makes an opacity of a fraction; values outside 0...1 become the nearer end, `nil` is for NaN.
  package init?(fraction: Double) {
    guard !fraction.isNaN else { return nil }
    self.fraction = min(max(fraction, 0), 1)
  }

  /// The nearest byte, 255 being opaque.
  package var byte: UInt8 {
    UInt8((fraction * 255).rounded())
  }
}
