import Torch

/// The noise that denoising starts from.
package enum Noise {
  /// Draws latents for a batch as diffusers does: one draw in the type of the prompt's features.
  ///
  /// - Parameters:
  ///   - frameCount: Layers and, before them, the composite.
  ///   - dtype: In bfloat16 torch draws other numbers than in float32, not the same ones rounded.
  /// - Returns: Shape `[batch, frameCount, channels, h, w]` on the CPU.
  package static func draw(
    batch: Int, frameCount: Int, channels: Int, size: LatentSize, dtype: DType,
    generator: Generator
  ) throws(TorchError) -> Tensor {
    try Tensor.normal(
      [batch, frameCount, channels, size.height, size.width], dtype: dtype, generator: generator)
  }
}
