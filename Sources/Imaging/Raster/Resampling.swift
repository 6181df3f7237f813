import Glibc

/// A filter that resizes pictures with the exact arithmetic of Pillow's `Image.resize`.
///
/// A pass weighs the input pixels around the centre of each output pixel; shrinking widens the filter
/// by the scale, so that it always averages (antialiasing). Weights are computed as 64-bit floats and
/// applied as integers of 22 fraction bits.
package enum Resampling: Hashable, Sendable {
  /// Lanczos, three lobes: what the pipeline uses for the input picture.
  case lanczos

  /// Cubic convolution with a = -0.5: what the captioner's image processor uses.
  case bicubic

  /// Linear interpolation: what the protocol of reconstructions resizes with.
  case bilinear

  /// Half of the filter's width at scale 1, in input pixels.
  var support: Double {
    switch self {
    case .lanczos: 3
    case .bicubic: 2
    case .bilinear: 1
    }
  }

  /// The weight at distance `x` from the centre, in input pixels at scale 1.
  func weight(at x: Double) -> Double {
    switch self {
    case .bilinear: return max(0, 1 - abs(x))
    case .lanczos:
      return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0
    case .bicubic:
      let a = -0.5
      let x = abs(x)
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    }
  }
}

/// sin(πx) / πx.
private func sinc(_ x: Double) -> Double {
  guard x != 0 else { return 1 }
  let angle = x * Double.pi
  return sin(angle) / angle
}

/// The weights of one pass: for each output position a run of input positions and their integers.
struct ResamplingWeights {
  /// Binary digits of a weight after the point.
  static let fractionBits = 22

  /// Where the run of each output position begins in the input.
  private(set) var firstInputs: [Int] = []

  /// How many input positions each run has.
  private(set) var counts: [Int] = []

  /// The weights, `stride` places for each output position, of which the first `counts` are used.
  private(set) var values: [Int32] = []

  /// Places for each output position in `values`.
  let stride: Int

  /// Computes the weights that turn `inputLength` positions into `outputLength`, both in
  /// 1...``PixelSize/maximumSide``.
  init(from inputLength: Int, to outputLength: Int, using filter: Resampling) {
    let scale = Double(inputLength) / Double(outputLength)
    let filterScale = max(1, scale)
    let support = filter.support * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    firstInputs.reserveCapacity(outputLength)
    counts.reserveCapacity(outputLength)
    values.reserveCapacity(outputLength * stride)

    let inverseScale = 1 / filterScale
    for position in 0..<outputLength {
      let center = (Double(position) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(inputLength, Int(center + support + 0.5))
      let weights = (first..<max(first, end)).map {
        filter.weight(at: (Double($0) - center + 0.5) * inverseScale)
      }
      let sum = weights.reduce(0, +)
      firstInputs.append(first)
      counts.append(weights.count)
      for weight in weights { values.append(Self.fixedPoint(sum == 0 ? weight : weight / sum)) }
      values.append(contentsOf: repeatElement(0, count: stride - weights.count))
    }
  }

  /// A weight as an integer of ``fractionBits``, halves rounded away from zero.
  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(weight < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}
