import Diffusion
import Torch

/// The stage that makes the packed noise that every frame starts from.
package struct LatentPreparation {
  package let frameCount: Int
  package let channels: Int
  package let size: LatentSize
  package let dtype: DType

  /// Draws the noise of one sample in the run's own type, as diffusers does.
  ///
  /// - Returns: Shape `[1, S, 4 channels]` on the CPU.
  package func drawn(seed: UInt64) throws(TorchError) -> Tensor {
    let noise = try Noise.draw(
      batch: 1, frameCount: frameCount, channels: channels, size: size, dtype: dtype,
      generator: Generator(seed: seed))
    return try LatentPacking.packed(noise)
  }

  /// Takes noise from outside.
  ///
  /// - Parameter noise: Shape `[1, frames, channels, h, w]`.
  /// - Returns: Shape `[1, S, 4 channels]` on the CPU, converted to the run's type.
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` for another shape.
  package func given(_ noise: NumberArray) throws(TorchError) -> Tensor {
    let expected = [1, frameCount, channels, size.height, size.width]
    guard noise.shape == expected else {
      throw .unexpectedShape(what: "noise", expected: expected, found: noise.shape)
    }
    return try LatentPacking.packed(Tensor(noise.values, shape: noise.shape).converted(to: dtype))
  }
}
