import Torch
import Weights

// Shapes: B batch, I and O channels in and out, C channels, H, W height and width.

/// Halves the sides of a picture.
///
/// Where the checkpoint's network also halves time it holds a `time_conv`, which one frame never meets.
/// Source: diffusers `QwenImageResample`, modes `downsample2d` and `downsample3d`.
struct Downsampling {
  private let convolution: FrameConvolution

  init(_ weights: WeightScope, width: Int, halvesTime: Bool) throws {
    convolution = try FrameConvolution(
      weights["resample"][1], inputs: width, outputs: width, kernel: 3, stride: 2)
    if halvesTime {
      try weights["time_conv"].keep("weight", shape: [width, width, 3, 1, 1])
      try weights["time_conv"].keep("bias", shape: [width])
    }
  }

  /// `[B, C, H, W]` to `[B, C, H / 2, W / 2]`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try convolution(x.padded([0, 1, 0, 1]))
  }
}

/// Doubles the sides of a picture.
///
/// Where the checkpoint's network also doubles time it holds a `time_conv`, which one frame never meets.
/// Source: diffusers `QwenImageResample`, modes `upsample2d` and `upsample3d`.
struct Upsampling {
  private let convolution: FrameConvolution

  init(_ weights: WeightScope, inputs: Int, outputs: Int, doublesTime: Bool) throws {
    convolution = try FrameConvolution(
      weights["resample"][1], inputs: inputs, outputs: outputs, kernel: 3, padding: 1)
    if doublesTime {
      try weights["time_conv"].keep("weight", shape: [2 * inputs, inputs, 3, 1, 1])
      try weights["time_conv"].keep("bias", shape: [2 * inputs])
    }
  }

  /// `[B, I, H, W]` to `[B, O, 2 * H, 2 * W]`.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> Tensor {
    try convolution(x.upsampledNearest(by: 2))
  }
}
