import Torch
import TorchNN
import Weights

/// `down(SiLU(gate(x)) * up(x))`, the second half of a layer of the language model and of the vision tower.
///
/// Source: transformers `Qwen2MLP`, `Qwen2_5_VLMLP`.
struct GatedFeedForward {
  private let gate: Linear
  private let up: Linear
  private let down: Linear

  init(
    _ weights: WeightScope, width: Int, innerWidth: Int, hasBias: Bool, bearsInt8: Bool = false
  ) throws {
    func linear(_ name: String, _ inputs: Int, _ outputs: Int) throws -> Linear {
      try Linear(
        weights[name], inputs: inputs, outputs: outputs, hasBias: hasBias, bearsInt8: bearsInt8)
    }
    gate = try linear("gate_proj", width, innerWidth)
    up = try linear("up_proj", width, innerWidth)
    down = try linear("down_proj", innerWidth, width)
  }

  /// `[..., width]` to the same shape.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try down(gate(x).silu() * up(x))
  }
}
