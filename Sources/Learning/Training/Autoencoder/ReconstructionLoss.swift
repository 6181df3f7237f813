import PerceptualMetrics
import Torch

// Shapes: B pictures, H, W height and width.

/// How far pictures with transparency are from what the autoencoder made of them.
///
/// Pictures are `[B, 4, H, W]` in -1...1. With α = (a + 1) / 2, D = α c − α̂ ĉ for each colour c and d = α − α̂, laid over a
/// background b the two differ by D − d b. The mean of its square over the backgrounds of natural pictures needs their
/// first and second moments alone: D² − 2 E[b] D d + E[b²] d². Colours under transparent pixels do not count.
///
/// Source: AlphaVAE (the paper's model), whose sums over a picture are means here, so that no factor depends on its size.
/// A square forgives what is slight, such as a haze over all that should be clear, so the mean of |d| may be added.
struct ReconstructionLoss {
  var perception: PerceptualDistance?
  var perceptualWeight = 0.0
  /// The factor of the mean of |d|, which is part of the reconstruction.
  var alphaWeight = 0.0

  /// The mean of each colour and of its square over natural pictures, red, green, blue in -1...1.
  private static let backgroundMeans: [Float] = [-0.0357, -0.0811, -0.1797]
  private static let backgroundSquares: [Float] = [0.3163, 0.3060, 0.3634]

  /// The parts of a loss, each a tensor of one element.
  struct Parts {
    let reconstruction: Tensor
    /// Zero where nothing perceives.
    let perceptual: Tensor
  }

  /// - Parameters:
  ///   - made: What the autoencoder made.
  ///   - pictures: What it was given, of the same shape.
  /// - Returns: Means over the batch, before they are weighted.
  /// - Throws: ``TorchError``.
  func callAsFunction(_ made: Tensor, pictures: Tensor) throws -> Parts {
    let (found, wanted) = (try Self.parts(made), try Self.parts(pictures))
    let colour = try wanted.premultiplied - found.premultiplied
    let alpha = try wanted.alpha - found.alpha
    let means = try Self.perColour(Self.backgroundMeans, on: made.device)
    let squares = try Self.perColour(Self.backgroundSquares, on: made.device)
    let mixed = try colour * alpha * means * 2
    var reconstruction = try (colour * colour - mixed + alpha * alpha * squares).mean()
    if alphaWeight > 0 {
      reconstruction = try reconstruction + alpha.magnitude().mean() * alphaWeight
    }
    guard let perception else {
      return Parts(reconstruction: reconstruction, perceptual: try .zeros([], device: made.device))
    }
    // Over grey, which is 0, and over white, which is 1.
    let overGrey = try perception.distance(found.premultiplied, wanted.premultiplied).mean()
    let overWhite = try perception.distance(
      found.premultiplied + (1 - found.alpha), wanted.premultiplied + (1 - wanted.alpha)
    ).mean()
    return Parts(reconstruction: reconstruction, perceptual: try (overGrey + overWhite) / 2)
  }

  /// A picture's colours times alpha, `[B, 3, H, W]`, and its alpha in 0...1, `[B, 1, H, W]`.
  static func parts(_ picture: Tensor) throws(TorchError) -> (premultiplied: Tensor, alpha: Tensor)
  {
    let alpha = try (picture.slice(3..<4, along: 1) + 1) / 2
    return (try picture.slice(0..<3, along: 1) * alpha, alpha)
  }

  private static func perColour(_ values: [Float], on device: Device) throws(TorchError) -> Tensor {
    try Tensor(values, shape: [3, 1, 1]).moved(to: device)
  }
}
