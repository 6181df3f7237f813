import Testing
import Torch

/// Records an issue unless every element is within `absolute + relative * |expected|`, shapes are equal and all is finite.
package func expectClose(
  _ actual: Tensor, _ expected: Tensor, relative: Double = 1e-5, absolute: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard hasShape(actual, of: expected, sourceLocation) else { return }
  let actual = try actual.values(as: Double.self)
  let expected = try expected.values(as: Double.self)
  var worst = (excess: 0.0, index: 0)
  for index in actual.indices {
    let bound = absolute + relative * abs(expected[index])
    let excess = abs(actual[index] - expected[index]) / bound
    // Not a number compares false with everything, so it is caught by the negation.
    if !(excess <= 1) && !(excess <= worst.excess) { worst = (excess, index) }
  }
  guard worst.excess != 0 else { return }
  Issue.record(
    "element \(worst.index) is \(actual[worst.index]), expected \(expected[worst.index]): \(worst.excess) times the bound",
    sourceLocation: sourceLocation)
}

/// Records an issue unless at least `share` of the elements are within `ulps` units in the last place of bfloat16.
///
/// How products of bfloat16 are rounded on their way depends on the processor, so what is not as near to the reference must be as
/// near to `exact`, the result in float32, as the reference is: by the length of the difference, a twentieth more allowed.
package func expectCloseInBFloat16(
  _ actual: Tensor, _ expected: Tensor, exact: @autoclosure () throws -> Tensor?, ulps: Int = 2,
  share: Double = 0.99, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  guard hasShape(actual, of: expected, sourceLocation) else { return }
  func ordered(_ tensor: Tensor) throws -> [Int] {
    // The bits of a bfloat16 number count up with its magnitude.
    try tensor.values(as: Float.self).map { value in
      let magnitude = Int(value.magnitude.bitPattern >> 16)
      return value.sign == .minus ? -magnitude : magnitude
    }
  }
  let found = zip(try ordered(actual), try ordered(expected)).map { abs($0 - $1) }
  let near = Double(found.count { $0 <= ulps }) / Double(max(found.count, 1))
  guard near < share else { return }
  var distances = "no exact numbers"
  if let exact = try exact() {
    func distance(_ tensor: Tensor) throws -> Double {
      let difference = try tensor.converted(to: .float64) - exact.converted(to: .float64)
      return try (difference * difference).sum().values(as: Double.self)[0].squareRoot()
    }
    let (ours, theirs) = (try distance(actual), try distance(expected))
    guard !(ours <= theirs * 1.05) else { return }
    distances = "\(ours) from the exact numbers, the reference \(theirs)"
  }
  Issue.record(
    "\(near * 100) % of the elements are within \(ulps) ulp, expected \(share * 100) %; \(distances)",
    sourceLocation: sourceLocation)
}

/// Whether the shapes are equal; records an issue where they are not.
private func hasShape(
  _ actual: Tensor, of expected: Tensor, _ sourceLocation: SourceLocation
) -> Bool {
  guard actual.shape != expected.shape else { return true }
  Issue.record(
    "shape \(actual.shape), expected \(expected.shape)", sourceLocation: sourceLocation)
  return false
}
