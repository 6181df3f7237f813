import Weights

/// The sizes of a ``QwenImageTransformer``, from the checkpoint's `transformer/config.json`.
package struct TransformerConfiguration: CheckpointConfiguration, Hashable {
  /// Blocks, 60 in the official model.
  package var blockCount: Int
  package var headCount: Int
  /// Channels of one head.
  package var headWidth: Int
  /// Channels of the text features.
  package var textWidth: Int
  /// Channels of a token that comes in: latent channels times the patch's area.
  package var inputWidth: Int
  /// Latent channels that go out.
  package var outputChannels: Int
  /// Latents a side of one token.
  package var patchSize: Int
  /// Channels of a head that rotary embedding turns by layer, row and column.
  package var rotaryWidths: [Int]
  /// Whether the timestep is joined by a second condition of two values.
  package var hasAdditionalTimeCondition: Bool
  /// Whether the condition picture sits at layer position -1 (Layer3D), else after the other pictures.
  package var usesLayer3DRotaryEmbedding: Bool

  package var modelWidth: Int { headCount * headWidth }
  package var outputWidth: Int { patchSize * patchSize * outputChannels }

  package init(
    blockCount: Int = 60, headCount: Int = 24, headWidth: Int = 128, textWidth: Int = 3584,
    inputWidth: Int = 64, outputChannels: Int = 16, patchSize: Int = 2,
    rotaryWidths: [Int] = [16, 56, 56], hasAdditionalTimeCondition: Bool = true,
    usesLayer3DRotaryEmbedding: Bool = true
  ) {
    self.blockCount = blockCount
    self.headCount = headCount
    self.headWidth = headWidth
    self.textWidth = textWidth
    self.inputWidth = inputWidth
    self.outputChannels = outputChannels
    self.patchSize = patchSize
    self.rotaryWidths = rotaryWidths
    self.hasAdditionalTimeCondition = hasAdditionalTimeCondition
    self.usesLayer3DRotaryEmbedding = usesLayer3DRotaryEmbedding
  }

  private enum CodingKeys: String, CodingKey {
    case blockCount = "num_layers"
    case headCount = "num_attention_heads"
    case headWidth = "attention_head_dim"
    case textWidth = "joint_attention_dim"
    case inputWidth = "in_channels"
    case outputChannels = "out_channels"
    case patchSize = "patch_size"
    case rotaryWidths = "axes_dims_rope"
    case hasAdditionalTimeCondition = "use_additional_t_cond"
    case usesLayer3DRotaryEmbedding = "use_layer3d_rope"
    case hasTimelessCondition = "zero_cond_t"
    case embedsGuidance = "guidance_embeds"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    blockCount = try values.decode(Int.self, forKey: .blockCount)
    headCount = try values.decode(Int.self, forKey: .headCount)
    headWidth = try values.decode(Int.self, forKey: .headWidth)
    textWidth = try values.decode(Int.self, forKey: .textWidth)
    inputWidth = try values.decode(Int.self, forKey: .inputWidth)
    outputChannels = try values.decodeIfPresent(Int.self, forKey: .outputChannels) ?? inputWidth
    patchSize = try values.decodeIfPresent(Int.self, forKey: .patchSize) ?? 2
    rotaryWidths = try values.decodeIfPresent([Int].self, forKey: .rotaryWidths) ?? [16, 56, 56]
    hasAdditionalTimeCondition =
      try values.decodeIfPresent(Bool.self, forKey: .hasAdditionalTimeCondition) ?? false
    usesLayer3DRotaryEmbedding =
      try values.decodeIfPresent(Bool.self, forKey: .usesLayer3DRotaryEmbedding) ?? false
    // Two features of sibling models: this network has no tensors or inputs for them.
    for key in [CodingKeys.hasTimelessCondition, .embedsGuidance]
    where try values.decodeIfPresent(Bool.self, forKey: key) ?? false {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: values,
        debugDescription: "is true, which is not a setting of Qwen-Image-Layered")
    }
  }

  package func validate() throws(InvalidSetting) {
    try InvalidSetting.check("num_layers", blockCount, in: 1...1024)
    try InvalidSetting.check("num_attention_heads", headCount, in: 1...1024)
    try InvalidSetting.check("attention_head_dim", headWidth, in: 2...4096)
    try InvalidSetting.check("joint_attention_dim", textWidth, in: 1...1 << 20)
    try InvalidSetting.check("patch_size", patchSize, in: 2...2)
    try InvalidSetting.check("in_channels", inputWidth, in: 4...1 << 16)
    try InvalidSetting.check("out_channels", outputChannels, in: 1...1 << 14)
    guard inputWidth == outputWidth else {
      throw InvalidSetting(
        "out_channels",
        "\(outputChannels) channels make tokens of \(outputWidth), but in_channels is \(inputWidth)"
      )
    }
    guard rotaryWidths.count == 3,
      rotaryWidths.allSatisfy({ $0 > 0 && $0.isMultiple(of: 2) && $0 <= 4096 }),
      rotaryWidths.reduce(0, +) == headWidth
    else {
      throw InvalidSetting(
        "axes_dims_rope",
        "\(rotaryWidths) is not three even widths that add up to attention_head_dim \(headWidth)")
    }
  }
}
