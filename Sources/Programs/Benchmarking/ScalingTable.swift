import DiffusionTransformer

/// How time and memory of the transformer grow with layers and size, measured where that does not take too long and by
/// formula everywhere.
package struct ScalingTable: Sendable {
  /// One size.
  package struct Row: Codable, Hashable, Sendable {
    package let layers: Int
    /// Of the working area in pixels.
    package let side: Int
    /// Of the composite, every layer and the picture.
    package let tokens: Int
    /// Of one block; nil where it was not run.
    package let measuredSeconds: Double?
    /// Of one block: its products and its attention, each at the rate that was measured at the table's base.
    package let expectedSeconds: Double
    /// Of the process while it ran one block, in bytes; nil where it was not run.
    package let measuredMemory: Int?
    /// Of a whole transformer of 60 blocks with its weights, in bytes.
    package let expectedMemory: Int

    enum CodingKeys: String, CodingKey {
      case layers, side, tokens
      case measuredSeconds = "measured_seconds"
      case expectedSeconds = "expected_seconds"
      case measuredMemory = "measured_memory_bytes"
      case expectedMemory = "expected_memory_bytes"
    }
  }

  /// Of the released model.
  package static let blockCount = 60
  private static let textTokens = 128
  private let benchmark: ComponentBenchmark
  private let productRate: Double
  private let attentionRate: Double
  private let configuration = TransformerConfiguration.benchmarked

  /// Measures the rates of products and of attention on one block of 2,400 tokens.
  ///
  /// - Throws: What the benchmark throws.
  package init(_ benchmark: ComponentBenchmark) throws {
    self.benchmark = benchmark
    let tokens = 2400
    let configuration = TransformerConfiguration.benchmarked
    let attention = try benchmark.attention(
      tokens: tokens + Self.textTokens, heads: configuration.headCount,
      headWidth: configuration.headWidth)[0]
    let block = try benchmark.block(tokens: tokens, textTokens: Self.textTokens)
    let attentionWork = attention.counts?.operations ?? 0
    attentionRate = attentionWork / attention.medianSeconds
    productRate =
      ((block.counts?.operations ?? 0) - attentionWork)
      / (block.medianSeconds - attention.medianSeconds)
  }

  /// One size.
  ///
  /// - Parameters:
  ///   - layers: At least 1.
  ///   - side: A multiple of 16.
  ///   - longest: Seconds that its block may take by the formula to be run.
  ///   - memory: Begins to count the process's memory anew when called with true, and gives its peak since.
  /// - Returns: The row.
  /// - Throws: What the benchmark throws.
  package func row(
    layers: Int, side: Int, longest: Double, memory: (_ isBegin: Bool) -> Int
  ) throws -> Row {
    let tokens = (layers + 2) * (side / 16) * (side / 16)
    let width = configuration.modelWidth
    let all = WorkCounts.block(
      tokens: tokens, textTokens: Self.textTokens, width: width, precision: benchmark.precision)
    let attention = WorkCounts.attention(
      tokens: tokens + Self.textTokens, heads: configuration.headCount,
      headWidth: configuration.headWidth, precision: benchmark.precision
    ).operations
    let expected = (all.operations - attention) / productRate + attention / attentionRate
    var measured: Double?
    var measuredMemory: Int?
    if expected <= longest {
      _ = memory(true)
      measured = try benchmark.block(tokens: tokens, textTokens: Self.textTokens).medianSeconds
      measuredMemory = memory(false)
    }
    // Weights of the blocks, 24 D² that bear int8 and 12 D² that do not; nine widths a token in the widest moment of a block.
    let real = benchmark.precision.dtype.byteCount
    let weights =
      Self.blockCount * width * width * (24 * benchmark.precision.weightByteCount + 12 * real)
    return Row(
      layers: layers, side: side, tokens: tokens, measuredSeconds: measured,
      expectedSeconds: expected, measuredMemory: measuredMemory,
      expectedMemory: weights + (tokens + Self.textTokens) * width * 9 * real)
  }
}
