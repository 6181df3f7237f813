import Torch

/// Random weights, a function of seed, key and shape alone, so that any program can make the same.
///
/// Each tensor is drawn as standard normal float32 numbers from torch's CPU generator seeded with the 32-bit
/// FNV-1a hash of the key, XOR the seed. Biases are a tenth of that; norm weights (rank 1, or `gamma`) are one plus a tenth;
/// everything else is divided by the square root of its fan-in, so that activations keep their size.
package struct SeededWeights: WeightSource {
  package let seed: UInt32

  package init(seed: UInt32 = 0) { self.seed = seed }

  package var name: String { "random weights of seed \(seed)" }
  package var keys: [String] { [] }

  package func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    let generator = try Generator(seed: UInt64(Self.hash(of: key) ^ seed))
    let normal = try Tensor.normal(shape, generator: generator)
    if key.hasSuffix("bias") { return try normal * 0.1 }
    if key.hasSuffix("gamma") || shape.count == 1 { return try 1 + normal * 0.1 }
    let fanIn = shape.dropFirst().reduce(1, *)
    return try normal * (1 / Double(max(fanIn, 1)).squareRoot())
  }

  /// Standard normal numbers for a network's input of that name, a function of name and shape alone.
  ///
  /// Those of `inputs(name, shape)` in Tools/golden/seeded_weights.py.
  package static func input(
    _ name: String, shape: [Int], dtype: DType = .float32
  ) throws(TorchError) -> Tensor {
    let generator = try Generator(seed: UInt64(hash(of: "input:" + name)))
    return try Tensor.normal(shape, generator: generator).converted(to: dtype)
  }

  /// The 32-bit FNV-1a hash of the key's UTF-8 bytes.
  private static func hash(of key: String) -> UInt32 {
    key.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }
}

/// No numbers at all: lays out a model of any size to learn its keys and shapes.
package struct ShapesOnly: WeightSource {
  package init() {}
  package var name: String { "the model's layout" }
  package var keys: [String] { [] }

  package func tensor(_ key: String, shape: [Int]) throws -> Tensor? {
    try .uninitialized(shape, dtype: .bfloat16, device: .meta)
  }
}

/// Tensors in memory by their keys.
package struct TensorDictionary: WeightSource {
  package let name: String
  private let tensors: [String: Tensor]

  package init(_ tensors: [String: Tensor], name: String = "tensors in memory") {
    self.tensors = tensors
    self.name = name
  }

  package var keys: [String] { Array(tensors.keys) }
  package func tensor(_ key: String, shape: [Int]) throws -> Tensor? { tensors[key] }
}
