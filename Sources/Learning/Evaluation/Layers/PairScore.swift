/// How far two layers are from each other.
///
/// Source: LayerD's evaluation (arXiv 2509.25134), which the paper's tables follow; spec by its released code.
struct PairScore: Hashable, Sendable {
  /// The mean absolute difference of straight colours, 0...1, over the pixels where the reference's alpha is above 0.
  let rgbL1: Double
  /// The sum of the smaller alphas by the sum of the larger ones; 0 where both are empty.
  let alphaSoftIoU: Double

  /// What alignment makes small, 0...1.
  var cost: Double { (rgbL1 + (1 - alphaSoftIoU)) / 2 }
  var similarity: Double { 1 - cost }

  /// Compares layers of one size.
  ///
  /// The roles differ: the mask of the colours is the reference's, and the prediction's colours count where it is
  /// transparent too.
  init(prediction: EvaluatedLayer, reference: EvaluatedLayer) {
    var difference = 0
    for channel in 0..<3 {
      difference += Self.difference(
        prediction.planes[channel], reference.planes[channel], where: reference.mask)
    }
    let (smaller, larger) = Self.extremes(prediction.planes[3], reference.planes[3])
    rgbL1 = Double(difference) / 765 / (Double(reference.coveredCount) + 1e-8)
    alphaSoftIoU = larger == 0 ? 0 : Double(smaller) / Double(larger)
  }

  // The inner loops sum at most 2¹⁴ bytes in 32 bits; short ones become vector instructions.
  private static let stretch = 1 << 14

  private static func difference(_ a: [UInt8], _ b: [UInt8], where mask: [UInt8]) -> Int {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        mask.withUnsafeBufferPointer { mask in
          var sum = 0
          for first in stride(from: 0, to: mask.count, by: stretch) {
            var part: UInt32 = 0
            for index in first..<min(first + stretch, mask.count) {
              let difference = max(a[index], b[index]) &- min(a[index], b[index])
              part &+= UInt32(difference & mask[index])
            }
            sum += Int(part)
          }
          return sum
        }
      }
    }
  }

  private static func extremes(_ a: [UInt8], _ b: [UInt8]) -> (smaller: Int, larger: Int) {
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        var (smaller, larger) = (0, 0)
        for first in stride(from: 0, to: a.count, by: stretch) {
          var (low, high): (UInt32, UInt32) = (0, 0)
          for index in first..<min(first + stretch, a.count) {
            low &+= UInt32(min(a[index], b[index]))
            high &+= UInt32(max(a[index], b[index]))
          }
          smaller += Int(low)
          larger += Int(high)
        }
        return (smaller, larger)
      }
    }
  }
}
