import Torch

/// The noise that denoising starts from.
package enum Noise {
  /// Draws latents for a batch as diffusers does: one draw in the type of the prompt's features.
  ///
  /// - Parameters:
  ///   - batch: How many samples.
  ///   - frameCount: Layers and, before them, the composite.
  ///   - channels: Of the latents.
  ///   - size: Of the latents, `h` by `w`.
  ///   - dtype: In bfloat16 torch draws other numbers than in float32, not the same ones rounded.
  ///   - generator: Goes on by as many numbers as are drawn.
  /// - Returns: Shape `[batch, frameCount, channels, h, w]` on the CPU.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package static func draw(
    batch: Int, frameCount: Int, channels: Int, size: LatentSize, dtype: DType,
    generator: Generator
  ) throws(TorchError) -> Tensor {
    try Tensor.normal(
      [batch, frameCount, channels, size.height, size.width], dtype: dtype, generator: generator)
  }
}
