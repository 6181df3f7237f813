import Diffusion
import Torch

/// The stage that makes the packed noise that every frame starts from.
package struct LatentPreparation {
  package let frameCount: Int
  package let channels: Int
  package let size: LatentSize
  package let dtype: DType

  /// Of the noise before it is packed: `[1, frames, channels, h, w]`.
  package var shape: [Int] { [1, frameCount, channels, size.height, size.width] }

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
  /// - Parameter noise: Of ``shape``.
  /// - Returns: Shape `[1, S, 4 channels]` on the CPU, converted to the run's type.
  /// - Throws: ``UnsuitableNoise`` for another shape, ``TorchError``.
  package func given(_ noise: NumberArray) throws -> Tensor {
    guard noise.shape == shape else {
      throw UnsuitableNoise(expected: shape, found: noise.shape)
    }
    return try LatentPacking.packed(Tensor(noise.values, shape: noise.shape).converted(to: dtype))
  }
}

/// Noise from outside of another shape than the run needs.
public struct UnsuitableNoise: Error, Hashable, Sendable, CustomStringConvertible {
  /// Of the noise that the run needs.
  public let expected: [Int]
  /// Of the noise that was given.
  public let found: [Int]

  package init(expected: [Int], found: [Int]) {
    self.expected = expected
    self.found = found
  }

  /// Both shapes, in one line.
  public var description: String { "the noise has shape \(found), expected \(expected)" }
}
