import Diffusion
import DiffusionTransformer
import Shards
import Torch

// Shapes: B samples, F frames, C latent channels, S tokens of all pictures, G of the target frames, T text tokens.

/// A batch as tensors: what the transformer is given and what it should say.
struct AssembledBatch: TrainingBatchCounts {
  /// Noisy tokens of the frames, then the clean condition if there is one, `[B, S, 4C]`.
  let input: Tensor
  let layout: TokenLayout
  /// `[B, T, W]`, zeros behind the end of shorter prompts.
  let prompt: Tensor
  /// True for real text tokens, `[B, T]`; nil: all are.
  let promptMask: Tensor?
  /// Levels of noise, `[B]`, in the type of the input.
  let time: Tensor
  /// `[B]`, int64.
  let additionalCondition: Tensor
  /// Clean tokens of the frames, `[B, G, 4C]`.
  let data: Tensor
  /// `[B, G, 4C]`.
  let noise: Tensor

  var sampleCount: Int { input.shape[0] }
  var tokenCount: Int { input.shape[0] * (input.shape[1] + prompt.shape[1]) }
}

/// Reads the samples of a batch and adds noise to them.
///
/// Noise, level and whether the caption is dropped are functions of the seed, the epoch and the sample.
struct BatchAssembly {
  let cache: LatentCache
  let configuration: TrainingConfiguration
  let dtype: DType
  let device: Device

  /// - Parameters:
  ///   - batch: What to read.
  ///   - epoch: Which decisions to make.
  ///   - skip: Told of a sample that cannot be read any more; it is left out.
  /// - Returns: `nil` where no sample of it could be read.
  /// - Throws: `TorchError`, and what `skip` throws.
  func callAsFunction(
    _ batch: TrainingBatch, epoch: Int, skip: (_ index: Int, _ error: any Error) throws -> Void
  ) throws -> AssembledBatch? {
    var samples: [Sample] = []
    for item in batch.items {
      let entry = cache.entries[item.entry]
      do {
        samples.append(try sample(item, entry, epoch: epoch))
      } catch {
        try skip(entry.index, error)
      }
    }
    guard !samples.isEmpty else { return nil }
    let data = try Tensor(concatenating: samples.map(\.data), along: 0).moved(to: device)
    let noise = try Tensor(concatenating: samples.map(\.noise), along: 0).moved(to: device)
    let levels = try Tensor(samples.map { Float($0.level) }, shape: [samples.count]).moved(
      to: device)
    var input = try FlowMatching.mixed(data, noise: noise, levels: levels)
    let conditions = samples.compactMap(\.condition)
    if !conditions.isEmpty {
      let clean = try Tensor(concatenating: conditions, along: 0).moved(to: device)
      input = try Tensor(concatenating: [input, clean], along: 1)
    }
    let (prompt, mask) = try padded(samples.map(\.prompt))
    return AssembledBatch(
      input: input, layout: batch.layout, prompt: prompt, promptMask: mask,
      time: try levels.converted(to: dtype),
      additionalCondition: try Tensor(
        samples.map(\.additionalCondition), shape: [samples.count]
      ).moved(to: device),
      data: data, noise: noise)
  }

  /// The tokens of one sample.
  private struct Sample {
    let data: Tensor
    let noise: Tensor
    let condition: Tensor?
    let prompt: Tensor
    let level: Double
    let additionalCondition: Int64
  }

  private func sample(
    _ item: TrainingItem, _ entry: LatentCache.Entry, epoch: Int
  ) throws -> Sample {
    let encoded = try cache.load(entry)
    let frames: Tensor
    switch item.task {
    case .textToRGB: frames = try encoded.frames.slice(0..<1, along: 0)
    case .textToRGBA:
      let layer = item.layer ?? 0
      frames = try encoded.frames.slice(layer + 1..<layer + 2, along: 0)
    case .textToLayers, .pictureToLayers: frames = encoded.frames
    }
    var random = SeededRandom(seed: configuration.run.seed, for: .noise, epoch, entry.index)
    let generator = try Generator(seed: random.generatorSeed())
    let noise = try Tensor.normal(frames.shape, generator: generator)
    random = SeededRandom(seed: configuration.run.seed, for: .time, epoch, entry.index)
    let level = configuration.noiseLevels.draw(
      from: &random, pictureTokenCount: entry.grid.tokenCount)
    random = SeededRandom(seed: configuration.run.seed, for: .caption, epoch, entry.index)
    let isDropped = random.uniform() < configuration.captionDropout
    let prompt =
      item.layer.flatMap {
        encoded.layerPrompts.indices.contains($0) ? encoded.layerPrompts[$0] : nil
      }
      ?? encoded.prompt
    let condition = try encoded.condition ?? encoded.frames.select(0, along: 0)
    return Sample(
      data: try packed(frames), noise: try packed(noise),
      condition: item.task.hasCondition ? try packed(condition.addingAxis(at: 0)) : nil,
      prompt: isDropped ? cache.blank : prompt, level: level,
      additionalCondition: item.task.additionalCondition)
  }

  /// Tokens `[1, F * h/2 * w/2, 4C]` of frames `[F, C, h, w]`.
  private func packed(_ frames: Tensor) throws(TorchError) -> Tensor {
    try LatentPacking.packed(frames.converted(to: dtype).addingAxis(at: 0))
  }

  private func padded(_ prompts: [Tensor]) throws(TorchError) -> (Tensor, Tensor?) {
    let counts = prompts.map { $0.shape[0] }
    let longest = counts.max() ?? 0
    var rows: [Tensor] = []
    for (prompt, count) in zip(prompts, counts) {
      rows.append(try prompt.converted(to: dtype).padded([0, 0, 0, longest - count]))
    }
    let prompt = try Tensor(stacking: rows, along: 0).moved(to: device)
    guard counts.contains(where: { $0 < longest }) else { return (prompt, nil) }
    let isText = counts.flatMap { count in (0..<longest).map { $0 < count ? UInt8(1) : 0 } }
    let mask = try Tensor(isText, shape: [counts.count, longest]).converted(to: .bool)
    return (prompt, try mask.moved(to: device))
  }
}
