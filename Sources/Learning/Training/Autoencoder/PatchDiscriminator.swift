import Shards
import Torch
import Weights

// Shapes: B pictures, H, W height and width, C channels of the first layer.

/// Judges overlapping patches of a picture: above zero where it takes them for given, below where for made.
///
/// Normalised by the statistics of the batch at hand. Source: the PatchGAN of Isola et al., "Image-to-Image Translation with
/// Conditional Adversarial Networks", with three layers of stride 2, as latent diffusion's autoencoders use it. It sees
/// colours times alpha and alpha, because colours under transparent pixels are free.
struct PatchDiscriminator {
  private struct Layer {
    let weight: Tensor
    let bias: Tensor?
    let stride: Int
    /// Scale and shift of the norm behind the convolution.
    let norm: (weight: Tensor, bias: Tensor)?
  }

  private let layers: [Layer]

  /// Keys `0.weight` to `4.weight`, `[out, in, 4, 4]`, with `bias` in the first and last and `norm` in the others.
  init(width: Int, weights: WeightScope) throws {
    let widths = [4, width, 2 * width, 4 * width, 8 * width, 1]
    layers = try (0..<5).map { index in
      let scope = weights[index]
      let (inputs, outputs) = (widths[index], widths[index + 1])
      let isOuter = index == 0 || index == 4
      return Layer(
        weight: try scope.tensor(
          "weight", shape: [outputs, inputs, 4, 4], layout: .channelsLast),
        bias: isOuter ? try scope.tensor("bias", shape: [outputs]) : nil,
        stride: index < 3 ? 2 : 1,
        norm: isOuter
          ? nil
          : (
            try scope["norm"].tensor("weight", shape: [outputs]),
            try scope["norm"].tensor("bias", shape: [outputs])
          ))
    }
  }

  /// - Parameter picture: Red, green, blue and alpha in -1...1, `[B, 4, H, W]`, sides of 32 pixels at least.
  /// - Returns: Judgements, `[B, 1, H / 8 - 2, W / 8 - 2]`.
  /// - Throws: ``TorchError``.
  func callAsFunction(_ picture: Tensor) throws(TorchError) -> Tensor {
    let (premultiplied, _) = try ReconstructionLoss.parts(picture)
    var x = try Tensor(
      concatenating: [premultiplied, picture.slice(3..<4, along: 1)], along: 1
    ).contiguous(.channelsLast)
    for (index, layer) in layers.enumerated() {
      x = try x.convolved(
        weight: layer.weight, bias: layer.bias, stride: layer.stride, padding: 1)
      if let norm = layer.norm { x = try x.batchNormalized(weight: norm.weight, bias: norm.bias) }
      if index < layers.count - 1 { x = try x.leakyRectified(slope: 0.2) }
    }
    return x
  }

  /// The hinge loss that the discriminator learns by.
  static func loss(given: Tensor, made: Tensor) throws(TorchError) -> Tensor {
    try ((1 - given).rectified().mean() + (1 + made).rectified().mean()) / 2
  }
}

/// What a discriminator begins with, a function of the seed: weights of deviation 0.02 around 0, or 1 for a norm's.
struct DiscriminatorStart: WeightSource {
  let seed: UInt64

  var name: String { "a new discriminator" }
  var keys: [String] { [] }

  func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    if key.hasSuffix("bias") { return try .zeros(shape) }
    let place = key.utf8.reduce(0) { $0 &* 31 &+ Int($1) }
    var random = SeededRandom(seed: seed, for: .discriminator, place)
    let spread = try Tensor.normal(shape, generator: Generator(seed: random.generatorSeed())) * 0.02
    return shape.count == 1 ? try spread + 1 : spread
  }
}
