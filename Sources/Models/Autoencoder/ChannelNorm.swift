import Torch
import Weights

// Shapes: B batch, C channels, H, W height and width.

/// Each pixel's channels brought to the length √C, then scaled channel by channel.
///
/// Key: `gamma`, `[C]` and axes of length one behind it. Source: diffusers `QwenImageRMS_norm`: the division runs in
/// float32 and is rounded before the two multiplications.
struct ChannelNorm {
  private let gamma: Tensor
  private let width: Int

  /// Takes a `gamma` that is stored with `axisCount` axes of length one behind its `width` channels.
  init(_ weights: WeightScope, width: Int, axisCount: Int = 3) throws {
    gamma = try weights.tensor("gamma", shape: [width] + Array(repeating: 1, count: axisCount))
    self.width = width
  }

  /// `[B, C, H, W]` to the same shape.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    if canFuse(x) { return try x.channelNormalized(scaledBy: gamma) }
    let wide = try x.converted(to: .float32)
    let length = try wide.euclideanNorm(along: 1).clamped(atLeast: 1e-12)
    let direction = try (wide / length).converted(to: x.dtype)
    return try direction * Double(width).squareRoot() * gamma.reshaped(to: [width, 1, 1])
  }

  /// The norm and the SiLU activation, which nearly always follows it.
  func activated(_ x: Tensor) throws(TorchError) -> Tensor {
    if canFuse(x) { return try x.channelNormalized(scaledBy: gamma, applyingSiLU: true) }
    return try self(x).silu()
  }

  /// ``activated(_:)`` in the memory of `x`, where no gradient needs what was there.
  func activate(_ x: inout Tensor) throws(TorchError) {
    if canFuse(x), !x.requiresGradient, !gamma.requiresGradient {
      try x.normalizeChannels(scaledBy: gamma, applyingSiLU: true)
    } else {
      x = try activated(x)
    }
  }

  private func canFuse(_ x: Tensor) -> Bool {
    x.device == .cpu && (x.dtype == .float32 || x.dtype == .bfloat16)
  }
}
