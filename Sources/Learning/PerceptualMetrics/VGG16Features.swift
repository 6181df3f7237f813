import Torch
import Weights

// Shapes: B batch, H, W height and width of the pictures, h, w those of what a layer gives.

/// The five activations of VGG16 that LPIPS compares: the last before each halving and before the end.
///
/// Source: torchvision `vgg16().features`, cut after its last ReLU; the keys are the `weights[...]`.
struct VGG16Features {
  static let widths = [64, 128, 256, 512, 512]

  /// The convolutions between two halvings.
  private let levels: [[Convolution]]

  init(_ weights: WeightScope) throws {
    let features = weights["features"]
    func convolution(_ index: Int, _ inputs: Int, _ outputs: Int) throws -> Convolution {
      try Convolution(features[index], inputs: inputs, outputs: outputs, side: 3, padding: 1)
    }
    levels = [
      [try convolution(0, 3, 64), try convolution(2, 64, 64)],
      [try convolution(5, 64, 128), try convolution(7, 128, 128)],
      [
        try convolution(10, 128, 256), try convolution(12, 256, 256),
        try convolution(14, 256, 256),
      ],
      [
        try convolution(17, 256, 512), try convolution(19, 512, 512),
        try convolution(21, 512, 512),
      ],
      [
        try convolution(24, 512, 512), try convolution(26, 512, 512),
        try convolution(28, 512, 512),
      ],
    ]
  }

  /// - Parameter x: Normalised pictures, shape `[B, 3, H, W]`; a side has at least 16 pixels.
  /// - Returns: For each width C of ``widths`` a tensor `[B, C, h, w]`.
  /// - Throws: ``TorchError``, where a side is shorter, too.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
    var x = x
    var activations: [Tensor] = []
    for (index, level) in levels.enumerated() {
      if index > 0 { x = try x.maximumPooled(over: 2, stride: 2) }
      for convolution in level { x = try convolution(x).rectified() }
      activations.append(x)
    }
    return activations
  }
}
