import Torch

/// The weight of a linear layer as it is kept.
package enum LinearWeight {
  /// Shape `[out, in]`, in the store's data type.
  case real(Tensor)
  /// int8 with a factor for each output, a quarter of float32.
  case int8(QuantizedRows)
}

/// Which real weights of linear layers become int8.
package struct Int8Choice: Sendable {
  /// Asked with the weight's key and whether its layer bears int8.
  package let includes: @Sendable (_ key: String, _ bearsInt8: Bool) -> Bool

  package init(_ includes: @escaping @Sendable (_ key: String, _ bearsInt8: Bool) -> Bool) {
    self.includes = includes
  }

  package static let none = Int8Choice { _, _ in false }
  package static let layersThatBearIt = Int8Choice { _, bearsInt8 in bearsInt8 }
}

extension WeightScope {
  /// The weight of a linear layer at this scope's path and `name`.
  ///
  /// A checkpoint may hold it in int8 with its factors beside it, as `name` with `_scale` behind it, `[out, 1]`. A store
  /// makes int8 of real weights by its ``Int8Choice``.
  ///
  /// - Parameters:
  ///   - name: The last part of the key.
  ///   - shape: `[out, in]`.
  ///   - bearsInt8: Whether the layer's output keeps its worth where weight and inputs are rounded to int8.
  /// - Returns: The weight on the store's device.
  /// - Throws: ``TorchError``, such as `.outOfMemory`, and what the source throws.
  package func linearWeight(
    _ name: String, shape: [Int], bearsInt8: Bool
  ) throws -> LinearWeight {
    let key = path + name
    if bearsInt8 { store.rememberInt8(key) }
    let stored = try store.stored(key, shape: shape, orInt8: true)
    if stored.dtype == .int8 {
      let scales = try store.stored(key + Self.scaleSuffix, shape: [shape[0], 1])
      var rows = QuantizedRows(
        numbers: stored, scales: try scales.converted(to: .float32).reshaped(to: [shape[0]]))
      // What is laid out without numbers, or lacks its factors, has none to change or move.
      if stored.device != .meta, scales.device != .meta {
        rows = try store.adapted(rows, key, shape)
        rows = QuantizedRows(
          numbers: try rows.numbers.moved(to: store.device),
          scales: try rows.scales.moved(to: store.device))
      }
      store.remember(key, shape, .whole(rows.numbers))
      store.remember(key + Self.scaleSuffix, [shape[0], 1], .whole(rows.scales))
      return .int8(rows)
    }
    guard store.int8.includes(key, bearsInt8) else {
      let weight = try store.placed(stored, in: .contiguous, of: key)
      store.remember(key, shape, .whole(weight))
      return .real(weight)
    }
    let rows = try store.quantized(stored, key)
    store.remember(key, shape, .whole(rows.numbers))
    return .int8(rows)
  }

  /// Behind the key of an int8 weight: that of its factors.
  package static let scaleSuffix = "_scale"
}

extension WeightStore {
  /// A real weight rounded to int8 on the store's device; the source need not keep what it was made of.
  fileprivate func quantized(_ stored: Tensor, _ key: String) throws -> QuantizedRows {
    guard stored.device != .meta else {
      return QuantizedRows(
        numbers: try .uninitialized(stored.shape, dtype: .int8, device: .meta),
        scales: try .uninitialized([stored.shape[0]], dtype: .float32, device: .meta))
    }
    let takesAsItIs = stored.dtype == .bfloat16 || stored.dtype == .float32
    let rows = try QuantizedRows(
      rounding: takesAsItIs ? stored : stored.converted(to: .float32))
    discard(key)
    return QuantizedRows(
      numbers: try rows.numbers.moved(to: device), scales: try rows.scales.moved(to: device))
  }

  /// With what merged adapters add, rounded once more.
  fileprivate func adapted(
    _ rows: QuantizedRows, _ key: String, _ shape: [Int]
  ) throws -> QuantizedRows {
    guard adapters?.isMerged == true else { return rows }
    let updates = try updates(of: key, shape: shape)
    guard !updates.isEmpty else { return rows }
    let weight = try updates.reduce(rows.widened(to: .float32)) { sum, update in
      try sum + update.matrix()
    }
    return try QuantizedRows(rounding: weight)
  }
}
