private enum Operators {
  static let adamW = Operator("aten::_fused_adamw_")
  static let norms = Operator("aten::_foreach_norm", "Scalar")
  static let multiplyInPlace = Operator("aten::_foreach_mul_", "Tensor")
  static let interpolateInPlace = Operator("aten::_foreach_lerp_", "Scalar")
  static let copyInPlace = Operator("aten::_foreach_copy_")
}

// One call for all tensors of a list: the parameters of a network, as optimizers treat them.
extension [Tensor] {
  /// The Euclidean length of all elements of all tensors together, float32 of rank 0.
  package func euclideanNorm() throws(TorchError) -> Tensor {
    guard !isEmpty else { return try .zeros([]) }
    let norms = try Operators.norms.tensors([.tensors(self), .real(2)], capacity: count)
    var floats: [Tensor] = []
    for norm in norms { floats.append(try norm.converted(to: .float32)) }
    return try Tensor(stacking: floats, along: 0).euclideanNorm(along: 0).removingAxis(at: 0)
  }

  /// Multiplies every element of every tensor in place by a tensor of one element.
  package func multiplyInPlace(by factor: Tensor) throws(TorchError) {
    guard !isEmpty else { return }
    _ = try Operators.multiplyInPlace.tensors([.tensors(self), .tensor(factor)], capacity: 0)
  }

  /// Moves every element in place towards that of another list, by a share of the distance.
  package func moveInPlace(towards others: [Tensor], by share: Double) throws(TorchError) {
    precondition(count == others.count, "lists of different lengths")
    guard !isEmpty else { return }
    _ = try Operators.interpolateInPlace.tensors(
      [.tensors(self), .tensors(others), .real(share)], capacity: 0)
  }

  /// Copies the elements of another list in place, converted to each tensor's type and device.
  package func overwrite(with others: [Tensor]) throws(TorchError) {
    precondition(count == others.count, "lists of different lengths")
    guard !isEmpty else { return }
    _ = try Operators.copyInPlace.tensors([.tensors(self), .tensors(others)], capacity: 0)
  }

  /// One step of Adam with decoupled weight decay, in place on this list and on both moments.
  ///
  /// - Parameters:
  ///   - gradients: One for each tensor, of its shape and type.
  ///   - firstMoments: Running means of the gradients.
  ///   - secondMoments: Running means of their squares.
  ///   - stepCounts: For each tensor the number of this step, from 1, as float32 of rank 0.
  ///   - learningRate: Of this step.
  ///   - beta1: How much of the first moment stays.
  ///   - beta2: How much of the second moment stays.
  ///   - weightDecay: By which share of the learning rate each element shrinks.
  ///   - epsilon: Added to the root of the second moment.
  /// - Throws: ``TorchError`` where shapes, types or devices differ.
  package func adamWInPlace(
    gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], stepCounts: [Tensor],
    learningRate: Double, beta1: Double, beta2: Double, weightDecay: Double, epsilon: Double
  ) throws(TorchError) {
    guard !isEmpty else { return }
    _ = try Operators.adamW.tensors(
      [
        .tensors(self), .tensors(gradients), .tensors(firstMoments), .tensors(secondMoments),
        .tensors([]), .tensors(stepCounts), .real(learningRate), .real(beta1), .real(beta2),
        .real(weightDecay), .real(epsilon), .flag(false), .flag(false), .none, .none,
      ], capacity: 0)
  }
}
