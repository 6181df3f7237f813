// Letters: S image tokens, T text tokens, D model width, W text model width, I its inner width.

/// How much a piece of work has to do at least, by formula.
package struct WorkCounts: Codable, Hashable, Sendable {
  /// Multiplications and additions of products and convolutions; norms, activations and softmax are left out.
  package let operations: Double
  /// Read and written where every weight, input and result passes through memory once.
  package let bytes: Double

  package init(operations: Double, bytes: Double) {
    self.operations = operations
    self.bytes = bytes
  }

  /// One block of the transformer: 12 D² weights a stream, and attention of all tokens.
  package static func block(
    tokens: Int, textTokens: Int, width: Int, precision: BenchmarkPrecision
  ) -> WorkCounts {
    let (S, T, D) = (Double(tokens), Double(textTokens), Double(width))
    let products = 2 * 12 * D * D * (S + T)
    let modulations = 2 * 2 * 6 * D * D
    let attention = 4 * (S + T) * (S + T) * D
    let weights = 24 * D * D * Double(precision.weightByteCount)
    let real = Double(precision.dtype.byteCount)
    return WorkCounts(
      operations: products + modulations + attention,
      bytes: weights + 12 * D * D * real + 2 * (S + T) * D * real)
  }

  /// Softmax attention of as many queries as keys.
  package static func attention(
    tokens: Int, heads: Int, headWidth: Int, precision: BenchmarkPrecision
  ) -> WorkCounts {
    let (S, D) = (Double(tokens), Double(heads * headWidth))
    return WorkCounts(
      operations: 4 * S * S * D, bytes: 4 * S * D * Double(precision.dtype.byteCount))
  }

  /// Layers of the language model over tokens that all pass through their weights together.
  ///
  /// - Parameters:
  ///   - tokens: Of the text.
  ///   - keys: That each of them sees on average.
  ///   - layers: Of the model.
  ///   - weights: Numbers of a layer's matrices.
  ///   - width: Of the model.
  ///   - precision: In which it runs.
  /// - Returns: The work of all tokens.
  package static func language(
    tokens: Int, keys: Double, layers: Int, weights: Int, width: Int, precision: BenchmarkPrecision
  ) -> WorkCounts {
    let (S, L) = (Double(tokens), Double(layers))
    let real = Double(precision.dtype.byteCount)
    return WorkCounts(
      operations: L * (2 * Double(weights) * S + 4 * S * keys * Double(width)),
      bytes: L * Double(weights * precision.weightByteCount) + 2 * S * Double(width) * real)
  }
}
