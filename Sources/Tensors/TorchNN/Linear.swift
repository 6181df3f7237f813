import Torch
import Weights

/// `y = x Wᵀ + b` over the last axis.
///
/// Keys: `weight` `[out, in]` and, where there is one, `bias` `[out]`; with a weight in int8 also `weight_scale` `[out, 1]`.
package struct Linear {
  private let weight: LinearWeight
  private let bias: Tensor?
  /// What adapters add to the weight, apart from it; empty where they are merged or there are none.
  private let updates: [LowRankUpdate]

  /// - Parameters:
  ///   - weights: The place of the keys.
  ///   - inputs: Numbers of a row that comes in.
  ///   - outputs: Numbers of a row that goes out.
  ///   - hasBias: Whether there is a bias.
  ///   - bearsInt8: Whether the weight may be rounded to int8 where the store does so.
  /// - Throws: ``TorchError``, and what the source of the weights throws.
  package init(
    _ weights: WeightScope, inputs: Int, outputs: Int, hasBias: Bool = true, bearsInt8: Bool = false
  ) throws {
    weight = try weights.linearWeight("weight", shape: [outputs, inputs], bearsInt8: bearsInt8)
    bias = hasBias ? try weights.tensor("bias", shape: [outputs]) : nil
    updates = try weights.lowRankUpdates("weight", shape: [outputs, inputs])
  }

  /// - Parameter x: Shape `[..., in]`.
  /// - Returns: Shape `[..., out]`.
  /// - Throws: ``TorchError``.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    var y = try product(x, applyingTanhGELU: false)
    for update in updates {
      let added = try x.linear(weight: update.down, bias: nil).linear(weight: update.up, bias: nil)
      y = try y + added * update.scale
    }
    return y
  }

  /// The layer with GELU in its tanh form behind it, in one pass over memory where that can be.
  ///
  /// - Parameter x: Shape `[..., in]`.
  /// - Returns: Shape `[..., out]`.
  /// - Throws: ``TorchError``.
  package func withTanhGELU(_ x: Tensor) throws(TorchError) -> Tensor {
    if case .int8 = weight, updates.isEmpty, x.allowsInt8Products {
      return try product(x, applyingTanhGELU: true)
    }
    var y = try self(x)
    guard y.allowsFusing else { return try y.gelu(.tanh) }
    try y.applyTanhGELU()
    return y
  }

  private func product(
    _ x: Tensor, applyingTanhGELU: Bool
  ) throws(TorchError) -> Tensor {
    switch weight {
    case .real(let weight): return try x.linear(weight: weight, bias: bias)
    case .int8(let rows):
      guard x.allowsInt8Products else {
        // Gradients and other devices: the weight as it is, the inputs unrounded.
        return try x.linear(weight: rows.widened(to: x.dtype), bias: bias)
      }
      return try x.linear(weight: rows, bias: bias, applyingTanhGELU: applyingTanhGELU)
    }
  }
}

extension Tensor {
  /// Whether these inputs of a layer may be rounded to int8: on the CPU and without gradients.
  fileprivate var allowsInt8Products: Bool { allowsFusing && !requiresGradient }
}

/// A table of vectors.
///
/// Key: `weight` `[count, width]`.
package struct Embedding {
  private let table: Tensor

  package init(_ weights: WeightScope, count: Int, width: Int) throws {
    table = try weights.tensor("weight", shape: [count, width])
  }

  /// - Parameter indices: int64, any shape and device, each in 0..<count.
  /// - Returns: The shape of `indices` and `width` behind it.
  /// - Throws: ``TorchError``; on the CPU also for an index outside the table.
  package func callAsFunction(_ indices: Tensor) throws(TorchError) -> Tensor {
    try indices.moved(to: table.device).embedded(in: table)
  }
}
