import Weights

/// How a model is best used, from `_layered` in its `model_index.json`; what is left out is as for the released model.
///
/// Programs that load models by diffusers' rules take names with an underscore for settings and pass over them.
package struct ModelPreferences: Hashable, Sendable, Codable {
  /// The working area is about this many pixels squared.
  package var resolution: Int?
  package var stepCount: Int?
  package var guidanceScale: Double?
  /// Whether the text encoder was trained to describe pictures.
  package var writesCaptions: Bool?

  private enum CodingKeys: String, CodingKey {
    case resolution
    case stepCount = "steps"
    case guidanceScale = "guidance_scale"
    case writesCaptions = "captions"
  }

  package init() {}

  func validate() throws(InvalidSetting) {
    if let resolution, !(64...2048).contains(resolution) || !resolution.isMultiple(of: 32) {
      throw InvalidSetting("_layered.resolution", "\(resolution) is no multiple of 32 in 64...2048")
    }
    if let stepCount, !(1...1000).contains(stepCount) {
      throw InvalidSetting("_layered.steps", "\(stepCount) is not in 1...1000")
    }
    if let guidanceScale, !(0...100).contains(guidanceScale) {
      throw InvalidSetting("_layered.guidance_scale", "\(guidanceScale) is not in 0...100")
    }
  }
}
