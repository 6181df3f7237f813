import Torch
import TorchNN
import Weights

// Shapes: B batch, S tokens, D model width.

/// Shift, scale and gate of one half of a block, each of shape `[B, 1, D]`.
package struct Modulation {
  private let shift: Tensor
  private let scale: Tensor
  private let gate: Tensor
  private static let epsilon = 1e-6

  fileprivate init(_ parts: ArraySlice<Tensor>) {
    let parts = Array(parts)
    (shift, scale, gate) = (parts[0], parts[1], parts[2])
  }

  /// Normalises tokens, then scales and shifts them.
  package func modulated(_ x: Tensor) throws(TorchError) -> Tensor {
    if x.allowsFusing, scale.allowsFusing {
      return try x.normalizedAndModulated(scale: scale, shift: shift, epsilon: Self.epsilon)
    }
    return try layerNormalized(x, epsilon: Self.epsilon) * (1 + scale) + shift
  }

  /// Adds what a sublayer gave to its input, through the gate.
  ///
  /// - Parameters:
  ///   - update: Fresh from the sublayer: where no gradient is recorded the sum takes its memory.
  ///   - x: Of the same shape, `[B, S, D]`.
  /// - Returns: `x + gate * update`.
  /// - Throws: ``TorchError`` where the shapes do not fit each other, or `.outOfMemory`.
  package func adding(_ update: consuming Tensor, to x: Tensor) throws(TorchError) -> Tensor {
    guard update.allowsFusing, x.allowsFusing, gate.allowsFusing else {
      return try x + gate * update
    }
    try update.gate(by: gate, addingTo: x)
    return update
  }
}

/// Makes the modulations of a stream's two halves, attention and MLP, from the timestep's vector.
package struct ModulationProjection {
  private let projection: Linear

  /// Takes the tensors of `img_mod` or `txt_mod`, whose item 0 is a SiLU without any.
  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    let width = configuration.modelWidth
    projection = try Linear(weights[1], inputs: width, outputs: 6 * width)
  }

  /// Both modulations, from the SiLU of the timestep's vector, shape `[B, D]`.
  package func callAsFunction(
    _ activated: Tensor
  ) throws(TorchError) -> (attention: Modulation, mlp: Modulation) {
    let parts = try projection(activated).addingAxis(at: 1).chunks(6, along: -1)
    return (Modulation(parts[0..<3]), Modulation(parts[3..<6]))
  }
}
