private enum Operators {
  static let normAndTurn = Operator("layered::norm_and_turn")
  static let normAndModulate = Operator("layered::norm_and_modulate")
  static let addGated = Operator("layered::add_gated")
  static let addGatedInPlace = Operator("layered::add_gated_")
  static let gelu = Operator("layered::gelu_tanh")
  static let geluInPlace = Operator("layered::gelu_tanh_")
}

// Several operators in one pass over memory, with the roundings of the separate ones. Those that give a new tensor record
// gradients.
extension Tensor {
  /// Whether the operators below take this tensor: on the CPU, in float32 or bfloat16.
  package var allowsFusing: Bool {
    device == .cpu && (dtype == .float32 || dtype == .bfloat16)
  }

  /// Each head of `[B, S, N, H]` brought to a root mean square of one, scaled by `weight` (`[H]`, of the same type), its
  /// channel pairs (2j, 2j + 1) turned by angles whose cosines and sines are `[S, H / 2]` in float32.
  ///
  /// - Throws: ``TorchError/operatorFailed(name:reason:)`` where a shape or type is another, H odd or above 256.
  package func headsNormalizedAndTurned(
    weight: Tensor, cosines: Tensor, sines: Tensor, epsilon: Double
  ) throws(TorchError) -> Tensor {
    try Operators.normAndTurn(
      .tensor(self), .tensor(weight), .tensor(cosines), .tensor(sines), .real(epsilon))
  }

  /// The tokens `[B, S, D]` normalised, times `1 + scale`, plus `shift`, both `[B, 1, D]` of the same type.
  ///
  /// - Throws: ``TorchError/operatorFailed(name:reason:)`` where a shape or type is another.
  package func normalizedAndModulated(
    scale: Tensor, shift: Tensor, epsilon: Double
  ) throws(TorchError) -> Tensor {
    try Operators.normAndModulate(.tensor(self), .tensor(scale), .tensor(shift), .real(epsilon))
  }

  /// Replaces these tokens `[B, S, D]` with `x + gate * self`, `gate` of shape `[B, 1, D]`, in place where no gradient is
  /// recorded: every tensor that shares this memory then sees it.
  ///
  /// - Throws: ``TorchError/operatorFailed(name:reason:)`` where a shape or type is another.
  package mutating func gate(by gate: Tensor, addingTo x: Tensor) throws(TorchError) {
    let isRecorded = requiresGradient || gate.requiresGradient || x.requiresGradient
    let product = isRecorded ? Operators.addGated : Operators.addGatedInPlace
    self = try product(.tensor(self), .tensor(gate), .tensor(x))
  }

  /// Applies ``gelu(_:)`` in its tanh form, in place where no gradient is recorded: every tensor that shares this memory
  /// then sees it.
  package mutating func applyTanhGELU() throws(TorchError) {
    self = try (requiresGradient ? Operators.gelu : Operators.geluInPlace)(.tensor(self))
  }
}
