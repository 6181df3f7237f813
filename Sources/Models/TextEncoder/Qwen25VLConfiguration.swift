import Weights

/// The sizes of Qwen2.5-VL, decoded from `text_encoder/config.json`.
///
/// Two forms exist: the newer keeps the language model's keys in `text_config`, the older among the others.
/// Source: transformers `Qwen2_5_VLConfig`.
package struct Qwen25VLConfiguration: CheckpointConfiguration, Hashable {
  package let language: LanguageConfiguration
  package let vision: VisionConfiguration
  /// The token that stands for one vector of the vision tower.
  package let imageToken: Int
  private let tiesEmbeddings: Bool

  private enum CodingKeys: String, CodingKey {
    case language = "text_config"
    case vision = "vision_config"
    case imageToken = "image_token_id"
    case tiesEmbeddings = "tie_word_embeddings"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    language =
      try values.decodeIfPresent(LanguageConfiguration.self, forKey: .language)
      ?? LanguageConfiguration(from: decoder)
    vision = try values.decode(VisionConfiguration.self, forKey: .vision)
    imageToken = try values.decodeIfPresent(Int.self, forKey: .imageToken) ?? 151_655
    tiesEmbeddings = try values.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? false
  }

  package func validate() throws(InvalidSetting) {
    try language.validate()
    try vision.validate()
    guard !tiesEmbeddings, !language.tiesEmbeddings else {
      throw InvalidSetting("tie_word_embeddings", "a head that is the embedding is not supported")
    }
    guard vision.outputWidth == language.width else {
      throw InvalidSetting(
        "vision_config.out_hidden_size",
        "\(vision.outputWidth) is not the language model's hidden_size \(language.width)")
    }
  }
}

/// The sizes of the language model.
///
/// Source: transformers `Qwen2_5_VLTextConfig`, whose defaults are those of the keys that may be absent.
package struct LanguageConfiguration: Decodable, Hashable, Sendable {
  /// Number of tokens.
  package let vocabularySize: Int
  /// Length of a token's vector.
  package let width: Int
  package let innerWidth: Int
  package let layerCount: Int
  /// Query heads; each `headCount / keyValueHeadCount` of them in a row share one key and value head.
  package let headCount: Int
  package let keyValueHeadCount: Int
  package let normEpsilon: Double
  package let rotaryBase: Double
  /// How many rotary channel pairs turn by the temporal, the row and the column position.
  package let rotarySections: [Int]
  private let activation: String
  /// A way to stretch rotary positions that this model does not know; nil for the plain one.
  private let unknownRotaryKind: String?
  private let slidesWindow: Bool
  let tiesEmbeddings: Bool

  package var headWidth: Int { width / headCount }

  private enum CodingKeys: String, CodingKey {
    case vocabularySize = "vocab_size"
    case width = "hidden_size"
    case innerWidth = "intermediate_size"
    case layerCount = "num_hidden_layers"
    case headCount = "num_attention_heads"
    case keyValueHeadCount = "num_key_value_heads"
    case normEpsilon = "rms_norm_eps"
    case rotaryBase = "rope_theta"
    case rotaryScaling = "rope_scaling"
    case rotaryParameters = "rope_parameters"
    case activation = "hidden_act"
    case slidesWindow = "use_sliding_window"
    case tiesEmbeddings = "tie_word_embeddings"
  }

  /// The block `rope_parameters`, in older files `rope_scaling`.
  private struct Rotary: Decodable {
    let kind: String?
    let olderKind: String?
    let base: Double?
    let sections: [Int]?

    enum CodingKeys: String, CodingKey {
      case kind = "rope_type"
      case olderKind = "type"
      case base = "rope_theta"
      case sections = "mrope_section"
    }
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    vocabularySize = try values.decode(Int.self, forKey: .vocabularySize)
    width = try values.decode(Int.self, forKey: .width)
    innerWidth = try values.decode(Int.self, forKey: .innerWidth)
    layerCount = try values.decode(Int.self, forKey: .layerCount)
    headCount = try values.decode(Int.self, forKey: .headCount)
    keyValueHeadCount =
      try values.decodeIfPresent(Int.self, forKey: .keyValueHeadCount) ?? headCount
    normEpsilon = try values.decodeIfPresent(Double.self, forKey: .normEpsilon) ?? 1e-5
    activation = try values.decodeIfPresent(String.self, forKey: .activation) ?? "silu"
    slidesWindow = try values.decodeIfPresent(Bool.self, forKey: .slidesWindow) ?? false
    tiesEmbeddings = try values.decodeIfPresent(Bool.self, forKey: .tiesEmbeddings) ?? false
    let rotary =
      try values.decodeIfPresent(Rotary.self, forKey: .rotaryParameters)
      ?? values.decodeIfPresent(Rotary.self, forKey: .rotaryScaling)
    let topBase = try values.decodeIfPresent(Double.self, forKey: .rotaryBase)
    rotaryBase = rotary?.base ?? topBase ?? 1_000_000
    rotarySections = rotary?.sections ?? [16, 24, 24]
    let rotaryKind = rotary?.kind ?? rotary?.olderKind ?? "default"
    unknownRotaryKind = ["default", "mrope"].contains(rotaryKind) ? nil : rotaryKind
  }

  func validate() throws(InvalidSetting) {
    try InvalidSetting.check("vocab_size", vocabularySize, in: 1...1 << 24)
    try InvalidSetting.check("hidden_size", width, in: 1...1 << 16)
    try InvalidSetting.check("intermediate_size", innerWidth, in: 1...1 << 20)
    try InvalidSetting.check("num_hidden_layers", layerCount, in: 1...1024)
    try InvalidSetting.check("num_attention_heads", headCount, in: 1...1024)
    try InvalidSetting.check("num_key_value_heads", keyValueHeadCount, in: 1...headCount)
    guard width.isMultiple(of: 2 * headCount) else {
      throw InvalidSetting(
        "num_attention_heads",
        "\(headCount) heads of an even width do not fill hidden_size \(width)")
    }
    guard headCount.isMultiple(of: keyValueHeadCount) else {
      throw InvalidSetting(
        "num_key_value_heads",
        "\(keyValueHeadCount) does not divide num_attention_heads \(headCount)")
    }
    guard normEpsilon > 0, normEpsilon < 1 else {
      throw InvalidSetting("rms_norm_eps", "\(normEpsilon) is not between 0 and 1")
    }
    guard rotaryBase >= 1, rotaryBase <= 1e12 else {
      throw InvalidSetting("rope_theta", "\(rotaryBase) is not in 1...1e12")
    }
    // Each is bounded before the sum, which then cannot overflow.
    guard rotarySections.count == 3,
      rotarySections.allSatisfy({ (0...headWidth / 2).contains($0) }),
      rotarySections.reduce(0, +) == headWidth / 2
    else {
      throw InvalidSetting(
        "mrope_section",
        "\(rotarySections) are not three counts with the sum \(headWidth / 2), half the head width")
    }
    if let unknownRotaryKind {
      throw InvalidSetting("rope_type", "'\(unknownRotaryKind)' is not 'default' or 'mrope'")
    }
    guard activation == "silu" else {
      throw InvalidSetting("hidden_act", "'\(activation)' is not 'silu'")
    }
    guard !slidesWindow else {
      throw InvalidSetting("use_sliding_window", "attention over a sliding window is not supported")
    }
  }
}

/// The sizes of the vision tower.
///
/// Source: transformers `Qwen2_5_VLVisionConfig`. Two keys have older names, `in_chans` and `spatial_patch_size`.
package struct VisionConfiguration: Decodable, Hashable, Sendable {
  package let blockCount: Int
  /// Length of a patch's vector.
  package let width: Int
  package let innerWidth: Int
  package let headCount: Int
  package let channelCount: Int
  /// Side of a patch in pixels.
  package let patchSide: Int
  /// Frames in a patch; a still picture fills them with copies of itself.
  package let frameCount: Int
  /// Side in patches of the square that becomes one vector of the output.
  package let mergeSide: Int
  /// Side in pixels of the window that attention is restricted to.
  package let windowSide: Int
  /// The blocks whose attention spans the whole picture.
  package let globalBlocks: Set<Int>
  /// Length of an output vector.
  package let outputWidth: Int
  package let rotaryBase: Double
  private let activation: String

  package var headWidth: Int { width / headCount }
  /// Numbers in one patch.
  package var patchLength: Int { channelCount * frameCount * patchSide * patchSide }
  /// Side of a window in merged squares.
  package var windowSideInUnits: Int { windowSide / (patchSide * mergeSide) }

  private enum CodingKeys: String, CodingKey {
    case blockCount = "depth"
    case width = "hidden_size"
    case innerWidth = "intermediate_size"
    case headCount = "num_heads"
    case channelCount = "in_channels"
    case olderChannelCount = "in_chans"
    case patchSide = "patch_size"
    case olderPatchSide = "spatial_patch_size"
    case frameCount = "temporal_patch_size"
    case mergeSide = "spatial_merge_size"
    case windowSide = "window_size"
    case globalBlocks = "fullatt_block_indexes"
    case outputWidth = "out_hidden_size"
    case rotary = "rope_parameters"
    case activation = "hidden_act"
  }

  private enum RotaryKeys: String, CodingKey { case base = "rope_theta" }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    blockCount = try values.decode(Int.self, forKey: .blockCount)
    width = try values.decode(Int.self, forKey: .width)
    innerWidth = try values.decode(Int.self, forKey: .innerWidth)
    headCount = try values.decode(Int.self, forKey: .headCount)
    channelCount =
      try values.decodeIfPresent(Int.self, forKey: .channelCount)
      ?? values.decodeIfPresent(Int.self, forKey: .olderChannelCount) ?? 3
    patchSide =
      try values.decodeIfPresent(Int.self, forKey: .patchSide)
      ?? values.decodeIfPresent(Int.self, forKey: .olderPatchSide) ?? 14
    frameCount = try values.decodeIfPresent(Int.self, forKey: .frameCount) ?? 2
    mergeSide = try values.decodeIfPresent(Int.self, forKey: .mergeSide) ?? 2
    windowSide = try values.decodeIfPresent(Int.self, forKey: .windowSide) ?? 112
    globalBlocks =
      try values.decodeIfPresent(Set<Int>.self, forKey: .globalBlocks) ?? [7, 15, 23, 31]
    outputWidth = try values.decode(Int.self, forKey: .outputWidth)
    activation = try values.decodeIfPresent(String.self, forKey: .activation) ?? "silu"
    rotaryBase =
      values.contains(.rotary)
      ? try values.nestedContainer(keyedBy: RotaryKeys.self, forKey: .rotary)
        .decodeIfPresent(Double.self, forKey: .base) ?? 10_000
      : 10_000
  }

  func validate() throws(InvalidSetting) {
    func check(_ key: String, _ value: Int, in range: ClosedRange<Int>) throws(InvalidSetting) {
      try InvalidSetting.check("vision_config." + key, value, in: range)
    }
    try check("depth", blockCount, in: 1...1024)
    try check("hidden_size", width, in: 1...1 << 16)
    try check("intermediate_size", innerWidth, in: 1...1 << 20)
    try check("num_heads", headCount, in: 1...1024)
    try check("in_channels", channelCount, in: 3...3)
    try check("patch_size", patchSide, in: 1...256)
    try check("temporal_patch_size", frameCount, in: 1...16)
    try check("spatial_merge_size", mergeSide, in: 1...16)
    try check("out_hidden_size", outputWidth, in: 1...1 << 16)
    try check("window_size", windowSide, in: patchSide * mergeSide...1 << 16)
    guard width.isMultiple(of: 4 * headCount) else {
      throw InvalidSetting(
        "vision_config.num_heads",
        "\(headCount) heads of a width divisible by 4 do not fill hidden_size \(width)")
    }
    guard rotaryBase >= 1, rotaryBase <= 1e12 else {
      throw InvalidSetting("vision_config.rope_theta", "\(rotaryBase) is not in 1...1e12")
    }
    guard activation == "silu" else {
      throw InvalidSetting("vision_config.hidden_act", "'\(activation)' is not 'silu'")
    }
  }
}
