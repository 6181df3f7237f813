import Torch
import Weights

/// `y = x Wᵀ + b` over the last axis.
///
/// Keys: `weight` `[out, in]` and, where there is one, `bias` `[out]`.
package struct Linear {
  private let weight: Tensor
  private let bias: Tensor?
  /// What adapters add to the weight, apart from it; empty where they are merged or there are none.
  private let updates: [LowRankUpdate]

  package init(_ weights: WeightScope, inputs: Int, outputs: Int, hasBias: Bool = true) throws {
    weight = try weights.tensor("weight", shape: [outputs, inputs])
    bias = hasBias ? try weights.tensor("bias", shape: [outputs]) : nil
    updates = try weights.lowRankUpdates("weight", shape: [outputs, inputs])
  }

  /// - Parameter x: Shape `[..., in]`.
  /// - Returns: Shape `[..., out]`.
  /// - Throws: ``TorchError``.
  package func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    var y = try x.linear(weight: weight, bias: bias)
    for update in updates {
      let added = try x.linear(weight: update.down, bias: nil).linear(weight: update.up, bias: nil)
      y = try y + added * update.scale
    }
    return y
  }
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
