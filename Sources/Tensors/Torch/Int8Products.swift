// Shapes: M rows, K numbers of a row, N outputs.

private enum Operators {
  static let quantizeRows = Operator("layered::quantize_rows")
  static let linear = Operator("layered::linear_int8")
}

/// Rows of numbers as whole numbers of -127...127 and a factor for each row.
package struct QuantizedRows {
  /// int8, shape `[..., K]`.
  package let numbers: Tensor
  /// What the whole numbers of a row are multiplied by, float32, shape `[...]`; NaN for a row with an infinity or a NaN.
  package let scales: Tensor

  package init(numbers: Tensor, scales: Tensor) {
    self.numbers = numbers
    self.scales = scales
  }

  /// Rounds to the nearest whole number of 127ths of each row's largest magnitude.
  ///
  /// - Parameter rows: Shape `[..., K]` on the CPU, float32 or bfloat16.
  /// - Throws: ``TorchError``.
  package init(rounding rows: Tensor) throws(TorchError) {
    let parts = try Operators.quantizeRows.tensors([.tensor(rows)], capacity: 2)
    guard parts.count == 2 else {
      throw .operatorFailed(name: "layered::quantize_rows", reason: "gave \(parts.count) tensors")
    }
    self.init(numbers: parts[0], scales: parts[1])
  }

  /// The rows as floating-point numbers of a type, on the device of the whole numbers.
  ///
  /// - Throws: ``TorchError``.
  package func widened(to dtype: DType) throws(TorchError) -> Tensor {
    try (numbers.converted(to: .float32) * scales.addingAxis(at: -1)).converted(to: dtype)
  }
}

extension Tensor {
  /// `x Wᵀ + b`, the rows of x rounded to int8 first, the products summed exactly.
  ///
  /// On the CPU and in float32 or bfloat16; it records no gradients and refuses to run where it would have to.
  /// - Parameters:
  ///   - weight: N rows of K.
  ///   - bias: N numbers.
  ///   - applyingTanhGELU: Whether ``gelu(_:)`` in its tanh form follows, before rounding to the type of x.
  /// - Returns: Shape `[..., N]` for x `[..., K]`, in the type of x.
  /// - Throws: ``TorchError/operatorFailed(name:reason:)`` where a shape or type is another.
  package func linear(
    weight: QuantizedRows, bias: Tensor?, applyingTanhGELU: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operators.linear(
      .tensor(self), .tensor(weight.numbers), .tensor(weight.scales), .optional(bias),
      .flag(applyingTanhGELU))
  }
}
