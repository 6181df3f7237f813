import Weights

extension QwenImageVAE {
  /// The sizes of an autoencoder, as `vae/config.json` gives them.
  ///
  /// Source: diffusers `AutoencoderKLQwenImage`; where a key may be left out, its default is that class's own.
  package struct Configuration: CheckpointConfiguration, Encodable, Hashable {
    /// Channels at full resolution; `base_dim`.
    package var baseWidth: Int
    /// Channels of the latents; `z_dim`.
    package var latentChannelCount: Int
    /// For each resolution, from the full one down, its channels as a multiple of `baseWidth`; `dim_mult`.
    package var widthMultipliers: [Int]
    /// Residual blocks of each resolution in the encoder, one fewer than in the decoder; `num_res_blocks`.
    package var residualBlockCount: Int
    /// Always empty: the resolutions at which the reference would attend, if it could; `attn_scales`.
    package let attentionScales: [Double]
    /// Whether a halving of the picture is one of time too, which holds weights that one frame never meets;
    /// `temperal_downsample`.
    package var halvesTime: [Bool]
    /// 4: red, green, blue, alpha; 3 for the base Qwen-Image VAE, which is also what a file without the key means;
    /// `input_channels`.
    package var imageChannelCount: Int
    /// For each latent channel its mean over pictures; `latents_mean`.
    package var latentMeans: [Double]
    /// For each latent channel its standard deviation over pictures; `latents_std`.
    package var latentDeviations: [Double]

    /// Sides of a picture are this many times the sides of its latents, and multiples of it.
    package var compression: Int { 1 << (widthMultipliers.count - 1) }

    /// Channels at each resolution, from the full one down.
    var widths: [Int] { widthMultipliers.map { $0 * baseWidth } }

    private enum CodingKeys: String, CodingKey {
      case baseWidth = "base_dim"
      case latentChannelCount = "z_dim"
      case widthMultipliers = "dim_mult"
      case residualBlockCount = "num_res_blocks"
      case attentionScales = "attn_scales"
      case halvesTime = "temperal_downsample"
      case imageChannelCount = "input_channels"
      case latentMeans = "latents_mean"
      case latentDeviations = "latents_std"
    }

    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      baseWidth = try values.decode(Int.self, forKey: .baseWidth)
      latentChannelCount = try values.decode(Int.self, forKey: .latentChannelCount)
      widthMultipliers = try values.decode([Int].self, forKey: .widthMultipliers)
      residualBlockCount = try values.decode(Int.self, forKey: .residualBlockCount)
      attentionScales = try values.decodeIfPresent([Double].self, forKey: .attentionScales) ?? []
      halvesTime = try values.decode([Bool].self, forKey: .halvesTime)
      imageChannelCount = try values.decodeIfPresent(Int.self, forKey: .imageChannelCount) ?? 3
      latentMeans =
        try values.decodeIfPresent([Double].self, forKey: .latentMeans) ?? Self.officialMeans
      latentDeviations =
        try values.decodeIfPresent([Double].self, forKey: .latentDeviations)
        ?? Self.officialDeviations
    }

    package func validate() throws(InvalidSetting) {
      func check(_ key: CodingKeys, _ isValid: Bool, _ reason: String) throws(InvalidSetting) {
        guard isValid else { throw InvalidSetting(key.rawValue, reason) }
      }
      try InvalidSetting.check("base_dim", baseWidth, in: 1...2048)
      try InvalidSetting.check("z_dim", latentChannelCount, in: 1...1024)
      try InvalidSetting.check("num_res_blocks", residualBlockCount, in: 1...64)
      try InvalidSetting.check("input_channels", imageChannelCount, in: 1...64)
      try check(
        .widthMultipliers, (1...8).contains(widthMultipliers.count),
        "has \(widthMultipliers.count) numbers, not 1 to 8")
      for multiplier in widthMultipliers {
        try InvalidSetting.check("dim_mult", multiplier, in: 1...64)
      }
      try check(
        .halvesTime, halvesTime.count == widthMultipliers.count - 1,
        "has \(halvesTime.count) values, not one fewer than 'dim_mult'")
      try check(
        .attentionScales, attentionScales.isEmpty, "attention by scale is not supported")
      try check(
        .latentMeans,
        latentMeans.count == latentChannelCount && latentMeans.allSatisfy(\.isFinite),
        "is not \(latentChannelCount) finite numbers, one for each channel of 'z_dim'")
      try check(
        .latentDeviations,
        latentDeviations.count == latentChannelCount
          && latentDeviations.allSatisfy { $0.isFinite && $0 > 0 },
        "is not \(latentChannelCount) positive numbers, one for each channel of 'z_dim'")
    }

    private static let officialMeans = [
      -0.7571, -0.7089, -0.9113, 0.1075, -0.1745, 0.9653, -0.1517, 1.5508,
      0.4134, -0.0715, 0.5517, -0.3632, -0.1922, -0.9497, 0.2503, -0.2921,
    ]

    private static let officialDeviations = [
      2.8184, 1.4541, 2.3275, 2.6558, 1.2196, 1.7708, 2.6052, 2.0743,
      3.2687, 2.1526, 2.8652, 1.5579, 1.6382, 1.1253, 2.8251, 1.9160,
    ]
  }
}
