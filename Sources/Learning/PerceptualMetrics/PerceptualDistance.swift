import Torch
import Weights

// Shapes: B batch, H, W height and width of the pictures, C channels, h, w height and width of an activation.

/// How different two pictures look: LPIPS, version 0.1.
///
/// Activations of a network that was trained to name pictures, brought to length one in every place, are compared by a
/// weighted squared difference. Gradients flow to both pictures, not to the weights.
///
/// Source: Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", and its package
/// `lpips` 0.1.4; the keys of the heads are those of its state dictionary.
package struct PerceptualDistance {
  /// The network whose activations are compared.
  package enum Trunk: String, CaseIterable, Sendable {
    /// The one that papers report.
    case alexNet = "alex"
    /// The one that losses of training use.
    case vgg16 = "vgg"

    /// Pictures have to have at least this many pixels a side.
    package var smallestSide: Int {
      switch self {
      case .alexNet: 31
      case .vgg16: 16
      }
    }
  }

  private enum Features {
    case alexNet(AlexNetFeatures)
    case vgg16(VGG16Features)
  }

  private let features: Features
  /// For each activation its channels' weights, `[1, C, 1, 1]`, none negative.
  private let heads: [Tensor]
  private let mean: Tensor
  private let deviation: Tensor

  /// - Parameters:
  ///   - trunk: Which network the weights are of.
  ///   - weights: Those of the trunk under torchvision's keys, of the heads under `lin0.model.1` to `lin4.model.1`.
  /// - Throws: ``TorchError`` and what the source of the weights throws.
  package init(_ trunk: Trunk, weights: WeightScope) throws {
    let widths: [Int]
    switch trunk {
    case .alexNet:
      features = .alexNet(try AlexNetFeatures(weights))
      widths = AlexNetFeatures.widths
    case .vgg16:
      features = .vgg16(try VGG16Features(weights))
      widths = VGG16Features.widths
    }
    heads = try widths.enumerated().map { index, width in
      try weights["lin\(index)"]["model"][1].tensor("weight", shape: [1, width, 1, 1])
    }
    let device = heads[0].device
    guard device != .meta else {
      (mean, deviation) = (heads[0], heads[0])
      return
    }
    let constants: [[Float]] = [[-0.030, -0.088, -0.188], [0.458, 0.448, 0.450]]
    mean = try Tensor(constants[0], shape: [3, 1, 1]).moved(to: device)
    deviation = try Tensor(constants[1], shape: [3, 1, 1]).moved(to: device)
  }

  /// The distance of each picture of a batch from its partner.
  ///
  /// - Parameters:
  ///   - a: Red, green and blue in -1...1, shape `[B, 3, H, W]`, on the device of the weights.
  ///   - b: The partners, of the same shape.
  /// - Returns: 0 where two are the same, about 0.1 where an eye sees a difference, float32, shape `[B]`.
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` where they do not fit each other, and ``TorchError``
  ///   where a side is too short for the trunk.
  package func distance(_ a: Tensor, _ b: Tensor) throws(TorchError) -> Tensor {
    let (B, C, _, _) = try a.dimensions()
    guard C == 3, a.shape == b.shape else {
      throw .unexpectedShape(what: "two batches of pictures", expected: a.shape, found: b.shape)
    }
    var sum = try Tensor.zeros([B], device: a.device)
    for ((x, y), head) in zip(zip(try activations(a), try activations(b)), heads) {
      let difference = try direction(x) - direction(y)
      let weighted = try (difference * difference * head).sum(along: 1)
      sum = try sum + weighted.reshaped(to: [B, -1]).mean(along: 1)
    }
    return sum
  }

  private func activations(_ pictures: Tensor) throws(TorchError) -> [Tensor] {
    let x = try (pictures.converted(to: .float32) - mean) / deviation
    switch features {
    case .alexNet(let network): return try network(x)
    case .vgg16(let network): return try network(x)
    }
  }

  /// Each place's channels `[B, C, h, w]` brought to length one; the derivative of a length of 0 is taken as 0.
  private func direction(_ x: Tensor) throws(TorchError) -> Tensor {
    try x / (x.euclideanNorm(along: 1) + 1e-10)
  }
}
