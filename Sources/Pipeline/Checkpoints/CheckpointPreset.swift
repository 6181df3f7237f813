/// A choice of sizes for a checkpoint of the official layout.
///
/// All presets have the same keys and pictures 8 times as large as their latents of 16 channels, so that what runs with
/// one runs with any.
package enum CheckpointPreset: String, CaseIterable, Hashable, Sendable {
  /// About a million parameters in a component: for tests and to try the commands.
  case tiny
  /// Some 20 million parameters, less than 64 MB in bfloat16: the sizes of the model that the package carries.
  case mini
  /// Some 70 million parameters besides the vocabulary: for a laptop.
  case small
  /// The sizes of the released model, 28.8 billion parameters.
  case full

  var transformer: TransformerSizes {
    switch self {
    case .tiny:
      TransformerSizes(blockCount: 2, headCount: 2, headWidth: 32, rotaryWidths: [8, 12, 12])
    case .mini:
      TransformerSizes(blockCount: 8, headCount: 3, headWidth: 64, rotaryWidths: [16, 24, 24])
    case .small:
      TransformerSizes(blockCount: 8, headCount: 6, headWidth: 64, rotaryWidths: [16, 24, 24])
    case .full:
      TransformerSizes(blockCount: 60, headCount: 24, headWidth: 128, rotaryWidths: [16, 56, 56])
    }
  }

  var language: LanguageSizes {
    switch self {
    case .tiny:
      LanguageSizes(
        layerCount: 2, width: 64, innerWidth: 192, headCount: 2, keyValueHeadCount: 1,
        rotarySections: [4, 6, 6])
    case .mini:
      LanguageSizes(
        layerCount: 2, width: 256, innerWidth: 768, headCount: 4, keyValueHeadCount: 2,
        rotarySections: [8, 12, 12])
    case .small:
      LanguageSizes(
        layerCount: 6, width: 256, innerWidth: 1024, headCount: 4, keyValueHeadCount: 2,
        rotarySections: [8, 12, 12])
    case .full:
      LanguageSizes(
        layerCount: 28, width: 3584, innerWidth: 18944, headCount: 28, keyValueHeadCount: 4,
        rotarySections: [16, 24, 24])
    }
  }

  var vision: VisionSizes {
    switch self {
    case .tiny:
      VisionSizes(blockCount: 2, width: 64, innerWidth: 192, headCount: 2, globalBlocks: [1])
    case .mini:
      VisionSizes(blockCount: 2, width: 128, innerWidth: 384, headCount: 2, globalBlocks: [1])
    case .small:
      VisionSizes(blockCount: 6, width: 256, innerWidth: 768, headCount: 4, globalBlocks: [2, 5])
    case .full:
      VisionSizes(
        blockCount: 32, width: 1280, innerWidth: 3420, headCount: 16,
        globalBlocks: [7, 15, 23, 31])
    }
  }

  var autoencoder: AutoencoderSizes {
    switch self {
    case .tiny: AutoencoderSizes(width: 8)
    // Few channels where pixels are many and more where they are few: two cores train it in an hour.
    case .mini: AutoencoderSizes(width: 16, multipliers: [1, 2, 4, 8], residualBlockCount: 1)
    case .small: AutoencoderSizes(width: 24)
    case .full: AutoencoderSizes(width: 96)
    }
  }

  /// Rows of the embedding for a vocabulary of `count` tokens.
  ///
  /// The released model has more rows than tokens; other sizes have what fills whole vectors of 64.
  func embeddingRows(for count: Int) -> Int {
    let rounded = (count + 63) / 64 * 64
    return self == .full ? max(rounded, 152_064) : rounded
  }
}

/// The sizes by which presets of the transformer differ.
struct TransformerSizes {
  let blockCount: Int
  let headCount: Int
  let headWidth: Int
  /// Channels of a head that turn by layer, row and column; their sum is `headWidth`.
  let rotaryWidths: [Int]
}

/// The sizes by which presets of the autoencoder differ.
struct AutoencoderSizes {
  /// Channels at full resolution.
  let width: Int
  /// By which they are multiplied at each resolution, the full one first.
  var multipliers = [1, 2, 4, 4]
  /// Residual blocks at each resolution of the encoder; the decoder has one more.
  var residualBlockCount = 2
}

/// The sizes by which presets of the language model differ.
struct LanguageSizes {
  let layerCount: Int
  let width: Int
  let innerWidth: Int
  let headCount: Int
  let keyValueHeadCount: Int
  /// Channel pairs of a head that turn by time, row and column; their sum is half the head's width.
  let rotarySections: [Int]
}

/// The sizes by which presets of the vision tower differ.
struct VisionSizes {
  let blockCount: Int
  let width: Int
  let innerWidth: Int
  let headCount: Int
  /// The blocks whose attention spans the whole picture.
  let globalBlocks: [Int]
}
