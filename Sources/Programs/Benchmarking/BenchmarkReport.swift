/// What a run of benchmarks found, in a form that another program can repeat and compare.
package struct BenchmarkReport: Codable, Hashable, Sendable {
  package let program: String
  /// The command line, its words separated by spaces.
  package let command: String
  /// Threads that one operator may use.
  package let threadCount: Int
  package let measurements: [Measurement]

  package init(program: String, command: String, threadCount: Int, measurements: [Measurement]) {
    self.program = program
    self.command = command
    self.threadCount = threadCount
    self.measurements = measurements
  }
}

/// The times of one piece of work.
package struct Measurement: Codable, Hashable, Sendable {
  package let work: BenchmarkedWork
  /// The type of weights and numbers, by its name in PyTorch, int8 for the precision of that name; nil for work without any.
  package let precision: String?
  /// Of each run, in their order.
  package let seconds: [Double]
  /// The mean of the absolute values of the result, by which programs can tell that they did the same work.
  package let magnitude: Double?

  package init(
    work: BenchmarkedWork, precision: String?, seconds: [Double], magnitude: Double?
  ) {
    self.work = work
    self.precision = precision
    self.seconds = seconds
    self.magnitude = magnitude
  }

  /// The middle run, or the mean of the two middle ones; nil without runs.
  package var median: Double? {
    let sorted = seconds.sorted()
    guard let upper = sorted.indices.contains(sorted.count / 2) ? sorted[sorted.count / 2] : nil
    else { return nil }
    return sorted.count.isMultiple(of: 2) ? (sorted[sorted.count / 2 - 1] + upper) / 2 : upper
  }
}

/// A piece of work with everything that its time depends on.
package struct BenchmarkedWork: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, CaseIterable, Sendable {
    case transformerBlock = "transformer-block"
    case autoencoderEncode = "vae-encode"
    case autoencoderDecode = "vae-decode"
    case textPrefill = "text-prefill"
    case startUp = "start-up"
  }

  package let kind: Kind
  /// The network's configuration in the words of its `config.json`; empty for work without a network.
  package let configuration: String
  /// Sides in pixels, counts of layers and tokens, by name.
  package let sizes: [String: Int]

  package init(kind: Kind, configuration: String, sizes: [String: Int]) {
    self.kind = kind
    self.configuration = configuration
    self.sizes = sizes
  }

  package var name: String {
    let sizes = sizes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return ([kind.rawValue] + sizes).joined(separator: ", ")
  }
}
