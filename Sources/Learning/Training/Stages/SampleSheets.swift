import AtomicFiles
import Autoencoder
import Checkpoints
import Diffusion
import DiffusionTransformer
import ImageCodecs
import LayerDecomposition
import Raster
import Reports
import TextEncoder
import Torch

/// Pictures of what the transformer makes of some samples while it learns.
///
/// A row for each: the sample's composite as the autoencoder gives it back, then the frames that were made, each over a
/// checkerboard: the composite and the layers, or a single picture.
struct SampleSheets {
  let files: CheckpointFolder.PipelineFiles
  let configuration: TrainingConfiguration
  let cache: LatentCache
  /// Where they go, `step-20.png`.
  let folder: String
  let placement: Placement

  /// Draws a sheet of the first samples, the same at every step.
  ///
  /// - Returns: The path of a PNG file.
  /// - Throws: ``TorchError``, `OutputError`.
  func draw(_ transformer: QwenImageTransformer, step: Int) throws -> String {
    try makeFolder(folder)
    let autoencoder = try files.vae.load(dtype: placement.dtype, device: placement.device)
    let rows = try withoutGradients {
      try cache.entries.prefix(configuration.run.sheetSampleCount).map { entry in
        try row(of: entry, transformer: transformer, autoencoder: autoencoder.network)
      }
    }
    let path = "\(folder)/step-\(step).png"
    try AtomicFile.write(
      PictureSheet().image(of: rows).encoded(as: .opaquePNG), to: path, overwriting: true)
    return path
  }

  private func row(
    of entry: LatentCache.Entry, transformer: QwenImageTransformer, autoencoder: QwenImageVAE
  ) throws -> [RasterImage] {
    let sample = try cache.load(entry)
    let task = TrainingTask.allCases.last { configuration.taskWeights[$0] != nil }
    let layout = (task ?? .pictureToLayers).layout(
      layerCount: entry.layerCount, grid: entry.grid)
    let hasCondition = layout.hasCondition
    let frameCount = layout.grids.count - (hasCondition ? 1 : 0)
    func packed(_ frames: Tensor) throws -> Tensor {
      try LatentPacking.packed(
        frames.addingAxis(at: 0).converted(to: placement.dtype).moved(to: placement.device))
    }
    let clean = try sample.condition ?? sample.frames.select(0, along: 0)
    let noise = try Tensor.normal(
      [frameCount] + sample.frames.shape.dropFirst(),
      generator: Generator(seed: UInt64(entry.index)))
    let prompt = try sample.prompt.addingAxis(at: 0)
      .converted(to: placement.dtype).moved(to: placement.device)
    let denoising = Denoising(
      transformer,
      scheduler: FlowMatchEulerScheduler(
        stepCount: configuration.sheetStepCount, conditionTokenCount: entry.grid.tokenCount,
        configuration: files.scheduler), guidance: nil, grid: entry.grid)
    let made = try denoising(
      packed(noise), condition: hasCondition ? packed(clean.addingAxis(at: 0)) : nil,
      prompt: PromptFeatures(embeddings: prompt, cutTokenCounts: [0]), negative: nil,
      report: { _, _ in })
    let frames = try LatentPacking.unpacked(made, grid: entry.grid).select(0, along: 0)
    let original = try sample.frames.slice(0..<1, along: 0).converted(to: placement.dtype)
      .moved(to: placement.device)
    let size = PixelSize(width: entry.grid.columns * 16, height: entry.grid.rows * 16)
    return try Tensor(concatenating: [original, frames], along: 0).unstacked(along: 0).map {
      let latents = try autoencoder.statistics.denormalize($0.addingAxis(at: 0))
      return try LayerDecoding.picture(of: autoencoder.decode(latents), size: size)
    }
  }
}
