import Torch
import Weights

/// ``SeededWeights/input(_:shape:dtype:)`` in the short form of tests.
package func seededInput(_ name: String, _ shape: [Int], dtype: DType = .float32) throws -> Tensor {
  try SeededWeights.input(name, shape: shape, dtype: dtype)
}
