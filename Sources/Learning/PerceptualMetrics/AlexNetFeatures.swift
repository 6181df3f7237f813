import Torch
import Weights

// Shapes: B batch, H, W height and width of the pictures, h, w those of what a layer gives.

/// The five activations of AlexNet that LPIPS compares.
///
/// Source: torchvision `alexnet().features`, cut after its last ReLU; the keys are the `weights[...]`.
struct AlexNetFeatures {
  static let widths = [64, 192, 384, 256, 256]

  private let convolutions: [Convolution]

  init(_ weights: WeightScope) throws {
    let features = weights["features"]
    convolutions = [
      try Convolution(features[0], inputs: 3, outputs: 64, side: 11, stride: 4, padding: 2),
      try Convolution(features[3], inputs: 64, outputs: 192, side: 5, padding: 2),
      try Convolution(features[6], inputs: 192, outputs: 384, side: 3, padding: 1),
      try Convolution(features[8], inputs: 384, outputs: 256, side: 3, padding: 1),
      try Convolution(features[10], inputs: 256, outputs: 256, side: 3, padding: 1),
    ]
  }

  /// - Parameter x: Normalised pictures, shape `[B, 3, H, W]`; a side has at least 31 pixels.
  /// - Returns: For each width C of ``widths`` a tensor `[B, C, h, w]`.
  /// - Throws: ``TorchError``, where a side is shorter, too.
  func callAsFunction(_ x: Tensor) throws(TorchError) -> [Tensor] {
    var x = x
    var activations: [Tensor] = []
    for (index, convolution) in convolutions.enumerated() {
      if index == 1 || index == 2 { x = try x.maximumPooled(over: 3, stride: 2) }
      x = try convolution(x).rectified()
      activations.append(x)
    }
    return activations
  }
}
