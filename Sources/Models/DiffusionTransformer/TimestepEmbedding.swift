import Torch
import TorchNN
import Weights

// Shapes: B batch, D model width.

/// Turns the noise level into the vector that modulates every block.
///
/// Source: diffusers `QwenTimestepProjEmbeddings`.
package struct TimestepEmbedding {
  private static let sinusoidWidth = 256

  private let first: Linear
  private let second: Linear
  /// One vector for each value of the additional condition; nil in models without it.
  private let additional: Embedding?

  package init(_ configuration: TransformerConfiguration, weights: WeightScope) throws {
    let width = configuration.modelWidth
    let embedder = weights["timestep_embedder"]
    first = try Linear(embedder["linear_1"], inputs: Self.sinusoidWidth, outputs: width)
    second = try Linear(embedder["linear_2"], inputs: width, outputs: width)
    additional =
      configuration.hasAdditionalTimeCondition
      ? try Embedding(weights["addition_t_embedding"], count: 2, width: width) : nil
  }

  /// - Parameters:
  ///   - time: The noise level in 0...1, shape `[B]`, in the model's type.
  ///   - additionalCondition: 0 or 1 for each sample, shape `[B]`, int64; not read by models without it.
  /// - Returns: Shape `[B, D]`, in the type of `time`.
  /// - Throws: ``TorchError``.
  package func callAsFunction(
    _ time: Tensor, additionalCondition: Tensor
  ) throws(TorchError) -> Tensor {
    let waves = try Self.sinusoid(time).converted(to: time.dtype)
    let embedded = try second(first(waves).silu())
    guard let additional else { return embedded }
    return try embedded + additional(additionalCondition)
  }

  /// Cosines, then sines, of 128 frequencies from 1 down to nearly 1/10000 of 1000 times the noise level.
  ///
  /// - Parameter time: Shape `[B]`.
  /// - Returns: Shape `[B, 256]`, float32.
  /// - Throws: ``TorchError``.
  package static func sinusoid(_ time: Tensor) throws(TorchError) -> Tensor {
    let half = sinusoidWidth / 2
    let exponents = try Tensor.range(to: half, dtype: .float32) * -9.210340371976184  // ln 10000
    let frequencies = try (exponents / Double(half)).exponential().moved(to: time.device)
    let angles = try time.converted(to: .float32).addingAxis(at: 1) * frequencies * 1000
    return try Tensor(concatenating: [angles.cosine(), angles.sine()], along: -1)
  }
}
