import Diffusion
import DiffusionTransformer
import Torch
import Weights

/// What rounding to int8 costs, layer kind by layer kind: how far the predicted velocity lies from that of bfloat16.
package struct Int8Loss {
  /// Which weights are int8.
  package enum Setting: String, CaseIterable, Codable, Sendable {
    /// None: how far bfloat16 itself lies from float32.
    case bfloat16
    /// The attention's projections in the blocks.
    case attention
    /// The two layers of every MLP.
    case mlp
    /// Both, as `--precision int8` has it.
    case blocks
    /// Those and the layers that make shifts, scales and gates of the time.
    case blocksAndModulation = "blocks-and-modulation"
    /// Those of the blocks and what tokens enter and leave through.
    case blocksAndEnds = "blocks-and-ends"
    /// Every linear layer.
    case all

    var choice: Int8Choice {
      switch self {
      case .bfloat16: .none
      case .attention: Int8Choice { key, bearsInt8 in bearsInt8 && key.contains(".attn.") }
      case .mlp: Int8Choice { key, bearsInt8 in bearsInt8 && key.contains("_mlp.") }
      case .blocks: .layersThatBearIt
      case .blocksAndModulation:
        Int8Choice { key, bearsInt8 in
          bearsInt8 || key.contains("_mod.") || key.hasPrefix("norm_out.")
        }
      case .blocksAndEnds:
        Int8Choice { key, bearsInt8 in
          bearsInt8 || ["img_in.", "txt_in.", "proj_out."].contains(where: key.hasPrefix)
        }
      case .all: Int8Choice { _, _ in true }
      }
    }
  }

  package struct Row: Codable, Hashable, Sendable {
    package let setting: Setting
    /// The root mean square of the velocity's difference over that of the velocity, for each step.
    package let relativeErrors: [Double]

    enum CodingKeys: String, CodingKey {
      case setting
      case relativeErrors = "relative_errors"
    }
  }

  private let configuration: TransformerConfiguration
  private let layout: TokenLayout
  private let prompt: Tensor
  /// The latents before each step, and the velocity that bfloat16 predicts there.
  private let steps: [(latents: Tensor, time: Tensor, velocity: Tensor)]

  /// Takes all steps in bfloat16, whose latents every setting then starts from.
  ///
  /// - Parameters:
  ///   - blocks: Of the released model's width, with random weights.
  ///   - grid: Tokens a side of a frame.
  ///   - layers: Besides the composite and the condition.
  ///   - stepCount: Of the schedule.
  /// - Throws: ``TorchError``.
  package init(blocks: Int, grid: Int, layers: Int, stepCount: Int) throws {
    var configuration = TransformerConfiguration()
    configuration.blockCount = blocks
    self.configuration = configuration
    layout = .layered(frameCount: layers + 1, grid: TokenGrid(rows: grid, columns: grid))
    prompt = try SeededWeights.input(
      "prompt", shape: [1, 100, configuration.textWidth], dtype: .bfloat16)
    let condition = try SeededWeights.input(
      "condition", shape: [1, grid * grid, configuration.inputWidth], dtype: .bfloat16)
    var latents = try SeededWeights.input(
      "noise", shape: [1, layout.targetTokenCount, configuration.inputWidth], dtype: .bfloat16)
    let scheduler = FlowMatchEulerScheduler(stepCount: stepCount, conditionTokenCount: grid * grid)
    let (layout, prompt) = (layout, prompt)
    steps = try withoutGradients {
      let model = try Self.model(configuration, .none, .bfloat16)
      return try scheduler.steps.map { step in
        let time = try scheduler.modelTime(of: step, batch: 1, dtype: .bfloat16, device: .cpu)
        let input = try Tensor(concatenating: [latents, condition], along: 1)
        let velocity = try model(input, layout: layout, prompt: prompt, time: time)
        latents = try scheduler.advance(latents, along: velocity, over: step)
        return (input, time, velocity)
      }
    }
  }

  /// How far a setting's velocities lie from those of bfloat16; for bfloat16 itself from those of float32.
  ///
  /// - Throws: ``TorchError``.
  package func row(_ setting: Setting) throws -> Row {
    let dtype: DType = setting == .bfloat16 ? .float32 : .bfloat16
    let errors = try withoutGradients {
      let model = try Self.model(configuration, setting.choice, dtype)
      return try steps.map { latents, time, velocity in
        let found = try model(
          latents.converted(to: dtype), layout: layout, prompt: prompt.converted(to: dtype),
          time: time.converted(to: dtype)
        ).converted(to: .float32)
        let difference = try found - velocity.converted(to: .float32)
        return try (power(difference) / power(velocity.converted(to: .float32))).squareRoot()
      }
    }
    return Row(setting: setting, relativeErrors: errors)
  }

  private static func model(
    _ configuration: TransformerConfiguration, _ int8: Int8Choice, _ dtype: DType
  ) throws -> QwenImageTransformer {
    try QwenImageTransformer(
      configuration, weights: WeightStore(SeededWeights(), dtype: dtype, int8: int8).root)
  }

  private func power(_ x: Tensor) throws -> Double {
    try (x * x).mean().values(as: Double.self).first ?? .nan
  }
}
