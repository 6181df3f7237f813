import Diffusion
import DiffusionTransformer

/// What the transformer is asked to make, and of what.
///
/// The paper's stages mix them: stage 1 the first two, stage 2 the third, stage 3 the fourth.
package enum TrainingTask: String, CaseIterable, Hashable, Sendable {
  /// A text to an opaque picture: one frame, the composite.
  case textToRGB = "text-to-rgb"
  /// A text to a picture with transparency: one frame, a layer.
  case textToRGBA = "text-to-rgba"
  /// A text to the composite and its layers.
  case textToLayers = "text-to-layers"
  /// A picture to itself as composite and to its layers; the released model's task.
  case pictureToLayers = "picture-to-layers"

  /// Whether the clean picture stands behind the frames.
  var hasCondition: Bool { self == .pictureToLayers }

  /// The row of the transformer's `addition_t_embedding`: 1 for opaque pictures, 0 for all else.
  var additionalCondition: Int64 { self == .textToRGB ? 1 : 0 }

  /// The pictures among the tokens of a sample of that many layers, all of one grid.
  func layout(layerCount: Int, grid: TokenGrid) -> TokenLayout {
    let frameCount =
      switch self {
      case .textToRGB, .textToRGBA: 1
      case .textToLayers, .pictureToLayers: layerCount + 1
      }
    return TokenLayout(
      grids: Array(repeating: grid, count: frameCount + (hasCondition ? 1 : 0)),
      hasCondition: hasCondition)
  }
}

/// A stage of the paper's training, which is a choice of tasks.
package enum TrainingStage: String, CaseIterable, Hashable, Sendable {
  case stage1, stage2, stage3

  /// The tasks and how often each is drawn.
  var taskWeights: [TrainingTask: Double] {
    switch self {
    case .stage1: [.textToRGB: 1, .textToRGBA: 1]
    case .stage2: [.textToLayers: 1]
    case .stage3: [.pictureToLayers: 1]
    }
  }
}
