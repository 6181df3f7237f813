import Torch

// Shapes: B batch, S tokens, N heads, H head width.

/// Cosines and sines of the angles by which rotary position embedding turns pairs of channels.
package struct RotaryTable {
  /// Shape `[S, H / 2]`, or with leading axes that broadcast; float32.
  package let cosines: Tensor
  package let sines: Tensor

  /// - Parameter angles: Radians, shape `[S, H / 2]`, float32.
  /// - Throws: ``TorchError``.
  package init(angles: Tensor) throws(TorchError) {
    cosines = try angles.cosine()
    sines = try angles.sine()
  }

  package init(cosines: Tensor, sines: Tensor) {
    self.cosines = cosines
    self.sines = sines
  }

  package func moved(to device: Device) throws(TorchError) -> RotaryTable {
    RotaryTable(cosines: try cosines.moved(to: device), sines: try sines.moved(to: device))
  }

  /// Turns the channel pairs (2j, 2j + 1), in float32, and rounds once at the end.
  ///
  /// Source: diffusers `apply_rotary_emb_qwen` with complex numbers.
  ///
  /// - Parameter x: Shape `[B, S, N, H]`.
  /// - Returns: The same shape and type.
  /// - Throws: ``TorchError``.
  package func turnNeighbours(_ x: Tensor) throws(TorchError) -> Tensor {
    let (B, S, N, H) = try x.dimensions()
    let pairs = try x.converted(to: .float32).reshaped(to: [B, S, N, H / 2, 2])
    let real = try pairs.select(0, along: -1)
    let imaginary = try pairs.select(1, along: -1)
    let cosines = try cosines.addingAxis(at: -2)
    let sines = try sines.addingAxis(at: -2)
    let turned = try Tensor(
      stacking: [real * cosines - imaginary * sines, real * sines + imaginary * cosines], along: -1)
    return try turned.reshaped(to: [B, S, N, H]).converted(to: x.dtype)
  }

  /// ``turnNeighbours(_:)`` of heads that are normalised first; one pass over memory.
  ///
  /// - Parameters:
  ///   - x: Shape `[B, S, N, H]`.
  ///   - norm: Over the channels of a head.
  /// - Returns: The shape of `x`.
  /// - Throws: ``TorchError`` where the shapes do not fit each other, or `.outOfMemory`.
  package func turnNeighbours(_ x: Tensor, after norm: RMSNorm) throws(TorchError) -> Tensor {
    let (_, _, _, H) = try x.dimensions()
    guard x.allowsFusing, norm.weight.allowsFusing, norm.weight.dtype == x.dtype,
      cosines.shape.count == 2, H <= Self.widestFusedHead
    else { return try turnNeighbours(norm(x)) }
    return try x.headsNormalizedAndTurned(
      weight: norm.weight, cosines: cosines, sines: sines, epsilon: norm.epsilon)
  }

  /// The operator keeps one token's angles on its stack.
  private static let widestFusedHead = 256

  /// Turns the channel pairs (j, j + H / 2) in the table's own type.
  ///
  /// Source: transformers `rotate_half`.
  ///
  /// - Parameter x: Shape `[B, N, S, H]`.
  /// - Returns: The same shape, in the wider of both types.
  /// - Throws: ``TorchError``.
  package func turnHalves(_ x: Tensor) throws(TorchError) -> Tensor {
    let halves = try x.chunks(2, along: -1)
    return try Tensor(
      concatenating: [
        halves[0] * cosines - halves[1] * sines, halves[1] * cosines + halves[0] * sines,
      ], along: -1)
  }

  package func converted(to dtype: DType) throws(TorchError) -> RotaryTable {
    RotaryTable(cosines: try cosines.converted(to: dtype), sines: try sines.converted(to: dtype))
  }
}
