import Torch
import TorchNN
import Weights

/// Qwen2.5-VL whole: the language model with its head, and the vision tower.
///
/// The condition of the diffusion transformer needs ``language`` alone; captions need all.
/// Source: transformers `Qwen2_5_VLForConditionalGeneration`.
package struct Qwen25VL {
  package let language: LanguageModel
  package let vision: VisionTower
  private let head: Linear
  package let configuration: Qwen25VLConfiguration

  /// Takes all tensors of the model.
  ///
  /// - Parameters:
  ///   - configuration: Validated.
  ///   - weights: The root of the model's keys.
  /// - Throws: ``TorchError``, and what the source of the weights throws; what is missing is collected by the store.
  package init(_ configuration: Qwen25VLConfiguration, weights: WeightScope) throws {
    self.configuration = configuration
    language = try LanguageModel(configuration.language, weights: weights)
    vision = try VisionTower(configuration.vision, weights: weights)
    head = try Linear(
      weights["lm_head"], inputs: configuration.language.width,
      outputs: configuration.language.vocabularySize, hasBias: false)
  }

  /// The score of every token as the next.
  ///
  /// - Parameter features: Of the last token, shape `[B, width]`.
  /// - Returns: Shape `[B, vocabulary]`.
  /// - Throws: ``TorchError``.
  package func scores(after features: Tensor) throws(TorchError) -> Tensor { try head(features) }

  /// From the keys of a checkpoint to this model's.
  ///
  /// This model's are those of newer files; released shards, and what transformers writes, have the older.
  ///
  /// - Parameter checkpointKeys: All keys of the checkpoint.
  /// - Returns: A table that changes nothing for a checkpoint with newer keys.
  package static func keyMap(for checkpointKeys: [String]) -> KeyMap {
    let isNewer = checkpointKeys.contains {
      $0.hasPrefix("model.language_model.") || $0.hasPrefix("model.visual.")
    }
    guard !isNewer else { return KeyMap([]) }
    return KeyMap([
      .init(checkpoint: "visual.", network: "model.visual."),
      .init(checkpoint: "model.", network: "model.language_model."),
    ])
  }
}
