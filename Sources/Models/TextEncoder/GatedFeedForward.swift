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

  init(_ weights: WeightScope, width: Int, innerWidth: Int, hasBias: Bool) throws {
    gate = try Linear(
      weights["gate_proj"], inputs: width, outputs: innerWidth, hasBias: hasBias)
    up = try Linear(weights["up_proj"], inputs: width, outputs: innerWidth, hasBias: hasBias)
    down = try Linear(
      weights["down_proj"], inputs: innerWidth, outputs: width, hasBias: hasBias)
  }

  /// `[..., width]` to the same shape.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try down(gate(x).silu() * up(x))
  }
}
