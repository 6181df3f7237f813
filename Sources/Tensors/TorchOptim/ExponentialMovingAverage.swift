import Torch

/// A running mean of a network's weights, which often works better than the last ones.
///
/// After each step `a ← r a + (1 − r) w` with the rate of that step, `r = min(rate, (1 + t) / (10 + t))`: a young
/// average follows quickly. Source: diffusers `EMAModel` and TensorFlow's `ExponentialMovingAverage(num_updates:)`.
package struct ExponentialMovingAverage {
  /// How much of the average stays once it is old, 0..<1.
  package let rate: Double

  /// The averages, float32, one for each parameter.
  package let averages: [Tensor]

  /// How many steps it has followed.
  package private(set) var stepCount: Int

  /// Begins at the weights as they are.
  ///
  /// - Throws: ``TorchError``.
  package init(of parameters: [TrainedParameter], rate: Double) throws(TorchError) {
    var averages: [Tensor] = []
    for parameter in parameters { averages.append(try parameter.master.copied()) }
    self.init(rate: rate, averages: averages, stepCount: 0)
  }

  /// Goes on where an earlier run ended.
  package init(rate: Double, averages: [Tensor], stepCount: Int) {
    self.rate = rate
    self.averages = averages
    self.stepCount = stepCount
  }

  /// Follows the weights after an optimizer's step.
  ///
  /// - Throws: ``TorchError``.
  package mutating func follow(_ parameters: [TrainedParameter]) throws(TorchError) {
    let young = Double(1 + stepCount) / Double(10 + stepCount)
    stepCount += 1
    try withoutGradients { () throws(TorchError) in
      try averages.moveInPlace(towards: parameters.map(\.master), by: 1 - min(rate, young))
    }
  }
}
