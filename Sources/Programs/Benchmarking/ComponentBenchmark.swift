import Autoencoder
import DiffusionTransformer
import FoundationEssentials
import TextEncoder
import Torch
import TorchNN
import Weights

/// Times components of the released model's width on random weights and inputs.
package struct ComponentBenchmark: Sendable {
  package let precision: BenchmarkPrecision
  /// Timed runs, after one in which caches and allocators settle.
  package let repeats: Int
  package let peak: MachinePeak

  /// Measures the machine's peak.
  ///
  /// - Throws: ``TorchError``.
  package init(precision: BenchmarkPrecision, repeats: Int) throws(TorchError) {
    self.precision = precision
    self.repeats = repeats
    peak = try MachinePeak(of: precision)
  }

  // MARK: Components

  /// One block of the transformer.
  ///
  /// - Parameters:
  ///   - tokens: Of all frames and the condition.
  ///   - textTokens: Of the prompt.
  ///   - configuration: Of which the widths are read; that of the released model unless given.
  /// - Returns: Its times.
  /// - Throws: ``TorchError``, `CancellationError`.
  package func block(
    tokens: Int, textTokens: Int, configuration: TransformerConfiguration = .benchmarked
  ) throws -> ComponentMeasurement {
    let width = configuration.modelWidth
    let block = try TransformerBlock(configuration, weights: weights["transformer_blocks"][0])
    func table(_ name: String, _ count: Int) throws -> RotaryTable {
      try RotaryTable(
        angles: SeededWeights.input(name, shape: [count, configuration.headWidth / 2]))
    }
    let pass = TransformerPass(
      streams: TokenStreams(
        image: try input("image", [1, tokens, width]),
        text: try input("text", [1, textTokens, width])
      ),
      activatedTime: try input("time", [1, width]).silu(),
      positions: (
        image: try table("image angles", tokens), text: try table("text angles", textTokens)
      ),
      mask: nil, targetTokenCount: tokens)
    return try measure(
      "block", ["tokens": tokens, "text_tokens": textTokens],
      .block(tokens: tokens, textTokens: textTokens, width: width, precision: precision)
    ) { _ = try block(pass) }
  }

  /// Softmax attention alone, in bfloat16 also where the precision is int8: this program's, then libtorch's own operator.
  ///
  /// - Parameters:
  ///   - tokens: Queries, and as many keys.
  ///   - heads: Of the model.
  ///   - headWidth: Numbers of a head.
  /// - Returns: Both with their errors against float64 for some queries of the first head.
  /// - Throws: ``TorchError``, `CancellationError`.
  package func attention(
    tokens: Int, heads: Int, headWidth: Int
  ) throws -> [ComponentMeasurement] {
    let shape = [1, heads, tokens, headWidth]
    let (query, key, value) = (
      try input("query", shape), try input("key", shape), try input("value", shape)
    )
    // A scale that is given is not taken for the usual one, so that no kernel of ours steps in.
    let scale = 1 / Double(headWidth).squareRoot()
    let operators: [(String, () throws -> Tensor)] = [
      ("attention", { try scaledDotProductAttention(query: query, key: key, value: value) }),
      (
        "attention-libtorch",
        { try scaledDotProductAttention(query: query, key: key, value: value, scale: scale) }
      ),
    ]
    func compared(_ x: Tensor) throws -> Tensor {
      try x.slice(0..<1, along: 1).slice(0..<min(tokens, 256), along: 2).converted(to: .float64)
    }
    let exact = try scaledDotProductAttention(
      query: compared(query), key: key.slice(0..<1, along: 1).converted(to: .float64),
      value: value.slice(0..<1, along: 1).converted(to: .float64), scale: scale)
    func power(_ x: Tensor) throws -> Double {
      try (x * x).mean().values(as: Double.self).first ?? .nan
    }
    return try operators.map { name, run in
      let difference = try withoutGradients { try compared(run()) - exact }
      let error = try (power(difference) / power(exact)).squareRoot()
      return try measure(
        name, ["tokens": tokens, "heads": heads, "head_width": headWidth],
        .attention(tokens: tokens, heads: heads, headWidth: headWidth, precision: precision),
        relativeError: error, preparing: {}, { _ = try run() })
    }
  }

  /// The autoencoder both ways, for one picture of a side in pixels.
  package func autoencoder(side: Int) throws -> [ComponentMeasurement] {
    try [BenchmarkedWork.Kind.autoencoderEncode, .autoencoderDecode].map { kind in
      let work = BenchmarkSizes.full.autoencoder(kind, side: side)
      let run = try NetworkBenchmark(work: work, precision: precision).prepare()
      return try measure(kind.rawValue, ["side": side], nil) { _ = try run() }
    }
  }

  /// Layers of the language model: a prompt read at once, then a text written token by token behind it.
  ///
  /// - Parameters:
  ///   - tokens: Of the prompt.
  ///   - generatedTokens: Written behind it, 0 or more; each run's time is that of all.
  ///   - layers: Of the language model.
  /// - Returns: A measurement of each.
  /// - Throws: ``TorchError``, `CancellationError`.
  package func text(
    tokens: Int, generatedTokens: Int, layers: Int
  ) throws -> [ComponentMeasurement] {
    let configuration = try JSONDecoder().decode(
      LanguageConfiguration.self,
      from: Data(BenchmarkSizes.full.languageConfiguration(layerCount: layers).utf8))
    let model = try LanguageModel(configuration, weights: weights)
    let width = configuration.width
    let keyValueWidth = configuration.keyValueHeadCount * configuration.headWidth
    let weightCount = width * (2 * width + 2 * keyValueWidth + 3 * configuration.innerWidth)
    let prompt = (0..<tokens).map { $0 * 7 % configuration.vocabularySize }
    func counts(_ tokens: Int, seeing keys: Double) -> WorkCounts {
      .language(
        tokens: tokens, keys: keys, layers: layers, weights: weightCount, width: width,
        precision: precision)
    }
    var measurements = [
      try measure(
        "text-prefill", ["tokens": tokens, "layers": layers],
        counts(tokens, seeing: Double(tokens + 1) / 2)
      ) {
        _ = try model.features(
          of: model.embed([prompt]), at: TokenPositions(textTokenCount: tokens))
      }
    ]
    guard generatedTokens > 0 else { return measurements }
    let one = counts(1, seeing: Double(tokens) + Double(generatedTokens) / 2)
    measurements.append(
      try measure(
        "text-generation",
        ["prompt_tokens": tokens, "generated_tokens": generatedTokens, "layers": layers],
        WorkCounts(
          operations: one.operations * Double(generatedTokens),
          bytes: one.bytes * Double(generatedTokens)),
        preparing: {
          let memory = try KeyValueMemory(
            for: configuration, capacity: tokens + generatedTokens, dtype: precision.dtype,
            device: .cpu)
          _ = try model.features(
            of: model.embed([prompt]), at: TokenPositions(textTokenCount: tokens), memory: memory)
          return memory
        }
      ) { memory in
        for index in 0..<generatedTokens {
          let token = index * 7 % configuration.vocabularySize
          let features = try model.features(
            of: model.embed([[token]]), at: TokenPositions(textTokenCount: 1, from: tokens + index),
            memory: memory)
          // The next token is chosen by these numbers, so they have to be there.
          _ = try features.select(0, along: 1).slice(0..<1, along: 1).values(as: Float.self)
        }
      })
    return measurements
  }

  // MARK: Timing

  private func measure(
    _ component: String, _ sizes: [String: Int], _ counts: WorkCounts?,
    _ body: () throws -> Void
  ) throws -> ComponentMeasurement {
    try measure(component, sizes, counts, preparing: {}, { try body() })
  }

  private func measure<State>(
    _ component: String, _ sizes: [String: Int], _ counts: WorkCounts?,
    relativeError: Double? = nil, preparing prepare: () throws -> State,
    _ body: (State) throws -> Void
  ) throws -> ComponentMeasurement {
    let seconds = try withoutGradients {
      try (0...repeats).map { _ in
        try Task.checkCancellation()
        let state = try prepare()
        return try ContinuousClock().measure { try body(state) } / .seconds(1)
      }
    }
    return ComponentMeasurement(
      component: component, sizes: sizes, precision: precision,
      seconds: Array(seconds.dropFirst()), counts: counts, peak: peak,
      relativeError: relativeError)
  }

  private var weights: WeightScope {
    WeightStore(
      SeededWeights(), dtype: precision.dtype, int8: precision == .int8 ? .layersThatBearIt : .none
    ).root
  }

  private func input(_ name: String, _ shape: [Int]) throws(TorchError) -> Tensor {
    try SeededWeights.input(name, shape: shape, dtype: precision.dtype)
  }
}

extension TransformerConfiguration {
  /// The widths of the released model.
  package static let benchmarked = TransformerConfiguration(
    headCount: 24, headWidth: 128, rotaryWidths: [16, 56, 56])
}
