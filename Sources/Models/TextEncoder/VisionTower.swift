import Torch
import TorchNN
import Weights

// Shapes: P patches, L numbers in a patch, D width, N heads, H head width; D = N * H.
// M patches in a unit, U units; P = U * M. W windows of T patches.

/// The vision tower of Qwen2.5-VL: a picture's patches in, vectors for the language model out.
///
/// Source: transformers `Qwen2_5_VisionTransformerPretrainedModel`.
package struct VisionTower {
  private let patchVectors: PatchEmbedding
  private let blocks: [VisionBlock]
  private let merger: PatchMerger
  package let configuration: VisionConfiguration

  /// Takes the tensors under `model.visual`.
  ///
  /// - Parameters:
  ///   - configuration: Validated.
  ///   - weights: The root of the model's keys.
  /// - Throws: ``TorchError``, and what the source of the weights throws; what is missing is collected by the store.
  package init(_ configuration: VisionConfiguration, weights: WeightScope) throws {
    self.configuration = configuration
    let weights = weights["model"]["visual"]
    patchVectors = try PatchEmbedding(configuration, weights: weights["patch_embed"])
    blocks = try (0..<configuration.blockCount).map { index in
      try VisionBlock(configuration, weights: weights["blocks"][index])
    }
    merger = try PatchMerger(configuration, weights: weights["merger"])
  }

  /// The vectors that stand for a picture among the token vectors.
  ///
  /// - Parameters:
  ///   - patches: Shape `[P, L]`: units in row-major order, the patches of a unit in row-major order, in a patch
  ///     channel, frame, row, column.
  ///   - grid: In patches, both sides multiples of the merge side.
  /// - Returns: One vector for each unit in row-major order, shape `[U, output width]`.
  /// - Throws: ``TorchError``, ``TorchError/unexpectedShape(what:expected:found:)`` if the patches do not fill the grid.
  package func callAsFunction(_ patches: Tensor, grid: PatchGrid) throws(TorchError) -> Tensor {
    guard patches.shape == [grid.count, configuration.patchLength] else {
      throw .unexpectedShape(
        what: "patches", expected: [grid.count, configuration.patchLength], found: patches.shape)
    }
    let windows = VisionWindows(of: grid, configuration: configuration)
    var x = try patchVectors(patches)
    x = try reorderingUnits(of: x, by: windows.units)
    let rotary = try rotaryTable(windows).moved(to: x.device)
    for (index, block) in blocks.enumerated() {
      let isGlobal = configuration.globalBlocks.contains(index)
      x = try block(x, rotary: rotary, runs: isGlobal ? windows.wholePicture : windows.runs)
    }
    let merged = try merger(x)
    return try merged.gathered(indices(windows.places, on: merged.device), along: 0)
  }

  private func reorderingUnits(of x: Tensor, by units: [Int]) throws(TorchError) -> Tensor {
    let (P, D) = try x.dimensions()
    let units = try indices(units, on: x.device)
    return try x.reshaped(to: [units.elementCount, -1]).gathered(units, along: 0)
      .reshaped(to: [P, D])
  }

  private func indices(_ values: [Int], on device: Device) throws(TorchError) -> Tensor {
    try Tensor(values.map(Int64.init), shape: [values.count]).moved(to: device)
  }

  /// The first half of a head's channel pairs turns by the patch's row, the second by its column; `[P, H / 2]`.
  private func rotaryTable(_ windows: VisionWindows) throws(TorchError) -> RotaryTable {
    let frequencies = try rotaryFrequencies(
      base: configuration.rotaryBase, width: configuration.headWidth / 2)
    return try RotaryTable(
      angles: Tensor(
        concatenating: [
          positionAngles(windows.patchRows, frequencies: frequencies),
          positionAngles(windows.patchColumns, frequencies: frequencies),
        ], along: -1))
  }
}

/// A convolution whose stride is its kernel, as the matrix product that it is.
///
/// Key: `proj.weight`. Source: transformers `Qwen2_5_VisionPatchEmbed`.
private struct PatchEmbedding {
  let weight: Tensor

  init(_ configuration: VisionConfiguration, weights: WeightScope) throws {
    let side = configuration.patchSide
    weight = try weights["proj"].tensor(
      "weight",
      shape: [
        configuration.width, configuration.channelCount, configuration.frameCount, side, side,
      ]
    ).reshaped(to: [configuration.width, configuration.patchLength])
  }

  /// `[P, L]` to `[P, D]`.
  func callAsFunction(_ patches: Tensor) throws(TorchError) -> Tensor {
    try patches.moved(to: weight.device).converted(to: weight.dtype)
      .linear(weight: weight, bias: nil)
  }
}

/// One block: attention inside each window, then the feed-forward network, each added to its input.
///
/// Source: transformers `Qwen2_5_VLVisionBlock`.
private struct VisionBlock {
  let attentionNorm: RMSNorm
  let attention: WindowAttention
  let feedForwardNorm: RMSNorm
  let feedForward: GatedFeedForward

  init(_ configuration: VisionConfiguration, weights: WeightScope) throws {
    let width = configuration.width
    attentionNorm = try RMSNorm(weights["norm1"], width: width)
    attention = try WindowAttention(configuration, weights: weights["attn"])
    feedForwardNorm = try RMSNorm(weights["norm2"], width: width)
    feedForward = try GatedFeedForward(
      weights["mlp"], width: width, innerWidth: configuration.innerWidth, hasBias: true)
  }

  func callAsFunction(
    _ x: Tensor, rotary: RotaryTable, runs: [VisionWindows.Run]
  ) throws(TorchError) -> Tensor {
    let x = try x + attention(attentionNorm(x), rotary: rotary, runs: runs)
    return try x + feedForward(feedForwardNorm(x))
  }
}

/// Attention in both directions among the patches of each window.
///
/// Source: transformers `Qwen2_5_VLVisionAttention`.
private struct WindowAttention {
  let queryKeyValue: Linear
  let output: Linear
  let headCount: Int
  let headWidth: Int

  init(_ configuration: VisionConfiguration, weights: WeightScope) throws {
    let width = configuration.width
    headCount = configuration.headCount
    headWidth = configuration.headWidth
    queryKeyValue = try Linear(weights["qkv"], inputs: width, outputs: 3 * width)
    output = try Linear(weights["proj"], inputs: width, outputs: width)
  }

  /// Mixes every patch with the others of its window.
  ///
  /// - Parameters:
  ///   - x: Shape `[P, D]`.
  ///   - rotary: The turns of the P patches.
  ///   - runs: The windows, in the order of the patches.
  /// - Returns: Shape `[P, D]`.
  /// - Throws: ``TorchError``.
  func callAsFunction(
    _ x: Tensor, rotary: RotaryTable, runs: [VisionWindows.Run]
  ) throws(TorchError) -> Tensor {
    let (P, D) = try x.dimensions()
    // [P, 3, N, H] to three of [N, P, H].
    let split = try queryKeyValue(x).reshaped(to: [P, 3, headCount, headWidth])
      .permuted([1, 2, 0, 3]).unstacked(along: 0)
    let queries = try turned(split[0], by: rotary)
    let keys = try turned(split[1], by: rotary)
    let values = split[2]
    var mixedNPH: [Tensor] = []
    var first = 0
    for run in runs {
      let patches = first..<first + run.windowCount * run.windowLength
      // The heads take the place of the batch, the windows that of the heads.
      func windowed(_ x: Tensor) throws(TorchError) -> Tensor {
        try x.slice(patches, along: 1)
          .reshaped(to: [headCount, run.windowCount, run.windowLength, headWidth])
      }
      let mixedNWTH = try scaledDotProductAttention(
        query: windowed(queries), key: windowed(keys), value: windowed(values))
      mixedNPH.append(try mixedNWTH.reshaped(to: [headCount, patches.count, headWidth]))
      first = patches.upperBound
    }
    let mixed = try Tensor(concatenating: mixedNPH, along: 1).swappingAxes(0, 1)
    return try output(mixed.reshaped(to: [P, D]))
  }

  /// Turned in float32 and rounded once, unlike in the language model.
  private func turned(_ x: Tensor, by rotary: RotaryTable) throws(TorchError) -> Tensor {
    try rotary.turnHalves(x.converted(to: .float32)).converted(to: x.dtype)
  }
}

/// Joins the patches of each unit to one vector of the language model's width.
///
/// Source: transformers `Qwen2_5_VLPatchMerger`.
private struct PatchMerger {
  let norm: RMSNorm
  let inner: Linear
  let outer: Linear
  let joinedWidth: Int

  init(_ configuration: VisionConfiguration, weights: WeightScope) throws {
    joinedWidth = configuration.width * configuration.mergeSide * configuration.mergeSide
    norm = try RMSNorm(weights["ln_q"], width: configuration.width)
    inner = try Linear(weights["mlp.0"], inputs: joinedWidth, outputs: joinedWidth)
    outer = try Linear(weights["mlp.2"], inputs: joinedWidth, outputs: configuration.outputWidth)
  }

  /// `[P, D]` to `[U, output width]`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    let joined = try norm(x).reshaped(to: [-1, joinedWidth])
    return try outer(inner(joined).gelu(.exact))
  }
}
