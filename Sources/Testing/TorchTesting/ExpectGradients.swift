import Testing
import Torch
import Weights

/// Records an issue unless the gradients of a loss by every weight in use are those that the reference found.
///
/// The fixture holds of each gradient its length and its products with seeded random directions, as
/// `Tools/golden/gradients.py` writes them. What differs in length by `d` differs in such a product by a normal number
/// of deviation `d`, so their mean square tells the relative error.
///
/// The store's weights in use must be recorded; `relative` is the most by which a gradient may differ, as a share of its
/// length.
///
/// - Returns: The largest relative error.
/// - Throws: `TorchError`, or where the fixture lacks a key.
@discardableResult
package func expectGradients(
  of loss: Tensor, from store: WeightStore, closeTo golden: Golden, relative: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws -> Double {
  let used = store.parameters.filter { $0.tensor != nil }
  let found = try gradients(of: loss, withRespectTo: used.compactMap(\.tensor))
  var worst = 0.0
  for (parameter, gradient) in zip(used, found) {
    guard golden.names.contains(parameter.key) else {
      if gradient != nil {
        Issue.record(
          "\(parameter.key) has a gradient, the reference none", sourceLocation: sourceLocation)
      }
      continue
    }
    guard let gradient = try gradient?.converted(to: .float64) else {
      Issue.record("\(parameter.key) has no gradient", sourceLocation: sourceLocation)
      continue
    }
    let expected = try golden[parameter.key].values(as: Double.self)
    let length = max(expected[0], 1e-12)
    let norm = try (gradient * gradient).sum().squareRoot().values(as: Double.self)[0]
    var squares = 0.0
    for index in 1..<expected.count {
      var direction = try seededInput("direction \(index - 1) \(parameter.key)", parameter.shape)
      if case .position(_, let position, along: let axis, of: _) = parameter.use {
        direction = try direction.select(position, along: axis)
      }
      let product = try (gradient * direction).sum().values(as: Double.self)[0]
      squares += (product - expected[index]) * (product - expected[index])
    }
    let error =
      max(
        (squares / Double(expected.count - 1)).squareRoot(), abs(norm - expected[0])) / length
    if !(error <= relative) {
      Issue.record(
        "the gradient of \(parameter.key) differs by \(error) of its length",
        sourceLocation: sourceLocation)
    }
    worst = max(worst, error)
  }
  return worst
}
