import Torch

/// Adam with decoupled weight decay.
///
/// With gradient g, step t and learning rate λ: `w ← w − λ d w`, `m ← β₁ m + (1 − β₁) g`,
/// `v ← β₂ v + (1 − β₂) g²`, `w ← w − λ (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`.
///
/// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (arXiv 1711.05101);
/// `torch.optim.AdamW(fused=True)`.
package struct AdamW {
  /// What stays the same through a run.
  package struct Settings: Hashable, Sendable {
    /// β₁, how much of the first moment stays, 0..<1.
    package var beta1 = 0.9
    /// β₂, how much of the second moment stays, 0..<1.
    package var beta2 = 0.999
    /// ε, above 0.
    package var epsilon = 1e-8
    /// d, the share of the learning rate by which weights shrink at each step.
    package var weightDecay = 0.01

    /// The usual settings.
    package init() {}
  }

  /// The running means of one parameter's gradients and of their squares, float32 of its shape.
  package struct Moments {
    package let first: Tensor
    package let second: Tensor

    package init(first: Tensor, second: Tensor) {
      self.first = first
      self.second = second
    }
  }

  /// What stays the same through a run.
  package let settings: Settings

  /// What is trained.
  package let parameters: [TrainedParameter]

  /// For each parameter the running means.
  package let moments: [Moments]

  /// How many steps each parameter has taken; one without a gradient takes none.
  package private(set) var stepCounts: [Int]

  /// Begins with moments of zero.
  ///
  /// - Throws: ``TorchError``.
  package init(_ parameters: [TrainedParameter], settings: Settings = Settings()) throws(TorchError)
  {
    var moments: [Moments] = []
    for parameter in parameters {
      let (shape, device) = (parameter.master.shape, parameter.master.device)
      moments.append(
        Moments(
          first: try .zeros(shape, device: device), second: try .zeros(shape, device: device)))
    }
    self.init(
      parameters, settings: settings, moments: moments,
      stepCounts: Array(repeating: 0, count: parameters.count))
  }

  /// Goes on where an earlier run ended.
  ///
  /// - Precondition: There are moments and a count for each parameter.
  package init(
    _ parameters: [TrainedParameter], settings: Settings, moments: [Moments], stepCounts: [Int]
  ) {
    precondition(moments.count == parameters.count && stepCounts.count == parameters.count)
    self.parameters = parameters
    self.settings = settings
    self.moments = moments
    self.stepCounts = stepCounts
  }

  /// Takes one step and lets the network see it.
  ///
  /// - Parameters:
  ///   - gradients: One for each parameter, of any floating type; `nil` leaves it as it is.
  ///   - learningRate: λ of this step.
  /// - Throws: ``TorchError`` where a shape or a device differs.
  package mutating func step(gradients: [Tensor?], learningRate: Double) throws(TorchError) {
    precondition(gradients.count == parameters.count, "a gradient or nil for each parameter")
    var groups: [Bool: StepGroup] = [:]
    for (index, parameter) in parameters.enumerated() {
      guard let gradient = gradients[index] else { continue }
      stepCounts[index] += 1
      var group = groups[parameter.decays] ?? StepGroup()
      group.weights.append(parameter.master)
      group.gradients.append(try gradient.converted(to: .float32))
      group.firstMoments.append(moments[index].first)
      group.secondMoments.append(moments[index].second)
      group.stepCounts.append(
        try .full(Double(stepCounts[index]), shape: [], device: parameter.master.device))
      groups[parameter.decays] = group
    }
    try withoutGradients { () throws(TorchError) in
      for (decays, group) in groups {
        try group.weights.adamWInPlace(
          gradients: group.gradients, firstMoments: group.firstMoments,
          secondMoments: group.secondMoments, stepCounts: group.stepCounts,
          learningRate: learningRate, beta1: settings.beta1, beta2: settings.beta2,
          weightDecay: decays ? settings.weightDecay : 0, epsilon: settings.epsilon)
      }
    }
    try parameters.publish()
  }
}

/// The parameters of one step that share a weight decay.
private struct StepGroup {
  var weights: [Tensor] = []
  var gradients: [Tensor] = []
  var firstMoments: [Tensor] = []
  var secondMoments: [Tensor] = []
  var stepCounts: [Tensor] = []
}
