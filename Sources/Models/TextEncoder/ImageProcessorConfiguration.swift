import Weights

/// How a picture is made ready for the vision tower, decoded from `processor/preprocessor_config.json`.
///
/// An absent key has the value of Qwen2.5-VL-7B-Instruct. Newer programs write the same keys as `image_processor`
/// into `processor_config.json`; both forms are read.
/// Source: transformers `Qwen2VLImageProcessor`.
package struct ImageProcessorConfiguration: CheckpointConfiguration, Hashable {
  /// The fewest and the most pixels of a resized picture.
  package let pixelCounts: ClosedRange<Int>
  /// Side of a patch in pixels.
  package let patchSide: Int
  /// Frames in a patch.
  package let frameCount: Int
  /// Side in patches of the square that becomes one vector.
  package let mergeSide: Int
  /// Mean and standard deviation of red, green and blue in 0...1.
  package let mean: [Double]
  package let deviation: [Double]
  /// What a byte is multiplied by.
  package let scale: Double
  private let fewestPixels: Int
  private let mostPixels: Int
  private let filter: Int
  private let skipsAStep: Bool

  /// What both sides of a resized picture are multiples of.
  package var sideFactor: Int { patchSide * mergeSide }

  private enum CodingKeys: String, CodingKey {
    case nested = "image_processor"
    case fewestPixels = "min_pixels"
    case mostPixels = "max_pixels"
    case size
    case patchSide = "patch_size"
    case frameCount = "temporal_patch_size"
    case mergeSide = "merge_size"
    case mean = "image_mean"
    case deviation = "image_std"
    case scale = "rescale_factor"
    case filter = "resample"
    case resizes = "do_resize"
    case rescales = "do_rescale"
    case normalizes = "do_normalize"
  }

  /// The block `size`: the same two counts of pixels under either pair of names.
  private struct Size: Decodable {
    let fewestPixels: Int?
    let mostPixels: Int?
    let shortestEdge: Int?
    let longestEdge: Int?

    enum CodingKeys: String, CodingKey {
      case fewestPixels = "min_pixels"
      case mostPixels = "max_pixels"
      case shortestEdge = "shortest_edge"
      case longestEdge = "longest_edge"
    }
  }

  package init(from decoder: any Decoder) throws {
    var values = try decoder.container(keyedBy: CodingKeys.self)
    if values.contains(.nested) {
      values = try values.nestedContainer(keyedBy: CodingKeys.self, forKey: .nested)
    }
    let size = try values.decodeIfPresent(Size.self, forKey: .size)
    fewestPixels =
      try values.decodeIfPresent(Int.self, forKey: .fewestPixels)
      ?? size?.fewestPixels ?? size?.shortestEdge ?? 3136
    mostPixels =
      try values.decodeIfPresent(Int.self, forKey: .mostPixels)
      ?? size?.mostPixels ?? size?.longestEdge ?? 12_845_056
    pixelCounts = fewestPixels...max(fewestPixels, mostPixels)
    patchSide = try values.decodeIfPresent(Int.self, forKey: .patchSide) ?? 14
    frameCount = try values.decodeIfPresent(Int.self, forKey: .frameCount) ?? 2
    mergeSide = try values.decodeIfPresent(Int.self, forKey: .mergeSide) ?? 2
    mean =
      try values.decodeIfPresent([Double].self, forKey: .mean)
      ?? [0.48145466, 0.4578275, 0.40821073]
    deviation =
      try values.decodeIfPresent([Double].self, forKey: .deviation)
      ?? [0.26862954, 0.26130258, 0.27577711]
    scale = try values.decodeIfPresent(Double.self, forKey: .scale) ?? 1 / 255
    filter = try values.decodeIfPresent(Int.self, forKey: .filter) ?? 3
    let steps = try [CodingKeys.resizes, .rescales, .normalizes].map { key in
      try values.decodeIfPresent(Bool.self, forKey: key) ?? true
    }
    skipsAStep = steps.contains(false)
  }

  package func validate() throws(InvalidSetting) {
    try InvalidSetting.check("patch_size", patchSide, in: 1...256)
    try InvalidSetting.check("temporal_patch_size", frameCount, in: 1...16)
    try InvalidSetting.check("merge_size", mergeSide, in: 1...16)
    try InvalidSetting.check("min_pixels", fewestPixels, in: 1...1 << 26)
    try InvalidSetting.check("max_pixels", mostPixels, in: fewestPixels...1 << 26)
    guard mean.count == 3, mean.allSatisfy(\.isFinite) else {
      throw InvalidSetting("image_mean", "\(mean) are not three numbers")
    }
    guard deviation.count == 3, deviation.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw InvalidSetting("image_std", "\(deviation) are not three positive numbers")
    }
    guard scale.isFinite, scale > 0 else {
      throw InvalidSetting("rescale_factor", "\(scale) is not positive")
    }
    guard filter == 3 else {
      throw InvalidSetting("resample", "filter \(filter) is not supported, only 3, bicubic")
    }
    guard !skipsAStep else {
      throw InvalidSetting(
        "do_resize", "leaving out 'do_resize', 'do_rescale' or 'do_normalize' is not supported")
    }
  }
}
