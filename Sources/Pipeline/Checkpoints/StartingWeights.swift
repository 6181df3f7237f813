import Torch
import Weights

/// What training a transformer or an autoencoder from nothing begins with.
///
/// A function of seed, key and shape alone. Biases are zero and norms one. Layers that add to what passes by, and the
/// transformer's output, begin at zero, so that a network of any depth first does nothing and gradients reach all of it.
/// Of causal convolutions the tap that a single frame meets is random and the others are zero. Everything else is
/// normal, divided by the square root of its fan-in.
///
/// Source: Peebles and Xie, "Scalable Diffusion Models with Transformers" (adaLN-Zero); Goyal et al., "Accurate, Large
/// Minibatch SGD" (residual branches that begin at zero).
struct StartingWeights: WeightSource {
  private let random: SeededWeights

  init(seed: UInt32) { random = SeededWeights(seed: seed) }

  var name: String { "weights that training starts from" }
  var keys: [String] { [] }

  /// Parts of keys of the layers that begin at zero: modulations, the output, the second condition of the timestep, and
  /// the last layer of what is added to a picture in the autoencoder.
  private static let zeroed = [
    "img_mod.", "txt_mod.", "norm_out.linear.", "proj_out.", "addition_t_embedding.", ".conv2.",
    ".attentions.0.proj.", ".time_conv.",
  ]

  func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    if key.hasSuffix("bias") || Self.zeroed.contains(where: { key.contains($0) }) {
      return try .zeros(shape)
    }
    if key.hasSuffix("gamma") || shape.count == 1 { return try .ones(shape) }
    guard shape.count == 5, let taps = shape[2...].first, taps > 1 else {
      return try random.tensor(key, shape: shape)
    }
    let last = try random.tensor(key, shape: [shape[0], shape[1], 1, shape[3], shape[4]])
    return try last?.padded([0, 0, 0, 0, taps - 1, 0])
  }
}
