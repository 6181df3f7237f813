import Torch

// Shapes: B prompts, G key and value heads, C capacity in tokens, H head width.

/// The keys and values of the tokens read so far, so that each further token costs one pass over itself alone.
package final class KeyValueMemory {
  let layers: [Layer]

  /// An empty memory.
  ///
  /// - Parameters:
  ///   - configuration: The model's.
  ///   - batch: How many prompts are read side by side.
  ///   - capacity: The most tokens that will be read; memory for all is taken at once, so that no step copies.
  ///   - dtype: The model's.
  ///   - device: The model's.
  /// - Throws: ``TorchError``, such as `.outOfMemory`.
  package init(
    for configuration: LanguageConfiguration, batch: Int = 1, capacity: Int, dtype: DType,
    device: Device
  ) throws(TorchError) {
    let shape = [batch, configuration.keyValueHeadCount, capacity, configuration.headWidth]
    var layers: [Layer] = []
    for _ in 0..<configuration.layerCount {
      layers.append(
        Layer(
          keys: try .uninitialized(shape, dtype: dtype, device: device),
          values: try .uninitialized(shape, dtype: dtype, device: device)))
    }
    self.layers = layers
  }

  /// What one layer remembers.
  final class Layer {
    private let keys: Tensor
    private let values: Tensor
    private var count = 0

    init(keys: Tensor, values: Tensor) {
      self.keys = keys
      self.values = values
    }

    /// Takes in the keys and values `[B, G, S, H]` of the next S tokens: the first tokens of all, or one more.
    ///
    /// - Returns: Those of all tokens so far, views of this memory.
    /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` if the capacity is exceeded.
    func appending(_ newKeys: Tensor, _ newValues: Tensor) throws(TorchError) -> (Tensor, Tensor) {
      let (_, _, S, _) = try newKeys.dimensions()
      let (_, _, capacity, _) = try keys.dimensions()
      precondition(count == 0 || S == 1, "several tokens at once can only be the first")
      guard count + S <= capacity else {
        throw .unexpectedShape(
          what: "tokens in the memory", expected: [capacity], found: [count + S])
      }
      try keys.slice(count..<count + S, along: 2).overwrite(with: newKeys)
      try values.slice(count..<count + S, along: 2).overwrite(with: newValues)
      count += S
      return (try keys.slice(0..<count, along: 2), try values.slice(0..<count, along: 2))
    }
  }
}
