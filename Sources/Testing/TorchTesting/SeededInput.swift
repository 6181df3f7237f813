import Torch
import Weights

/// Standard normal numbers for an input of that name, those of `inputs(name, shape)` in Tools/golden/seeded_weights.py.
package func seededInput(_ name: String, _ shape: [Int], dtype: DType = .float32) throws -> Tensor {
  let generator = try Generator(seed: UInt64(SeededWeights.hash(of: "input:" + name)))
  return try Tensor.normal(shape, generator: generator).converted(to: dtype)
}
