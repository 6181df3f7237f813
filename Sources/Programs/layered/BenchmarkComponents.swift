import ArgumentParser
import Benchmarking
import FoundationEssentials
import OneLine
import Torch

extension BenchmarkPrecision: ExpressibleByArgument {}

/// What every benchmark of a component takes.
struct ComponentBenchmarkOptions: ParsableArguments {
  @Option(help: "float32, bfloat16, or int8 where the layers bear it and bfloat16 elsewhere.")
  var precision: BenchmarkPrecision = .bfloat16

  @Option(help: "Timed runs, 1 to 1000, after one that does not count.") var repeats = 3
  @Option(help: "Threads that one operator may use, 1 to 1024.") var threads = 2
  @Flag(help: "Report in JSON, one object a line.") var json = false

  func validate() throws {
    guard (1...1000).contains(repeats), (1...1024).contains(threads) else {
      throw ValidationError("--repeats or --threads is out of its range")
    }
  }

  /// Sets the threads and measures the machine.
  func benchmark() throws -> ComponentBenchmark {
    TorchThreads.setCount(threads)
    return try ComponentBenchmark(precision: precision, repeats: repeats)
  }

  func write(_ measurement: ComponentMeasurement) throws {
    guard json else { return try StandardOutput.write(measurement.line + "\n") }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try StandardOutput.write(
      String(decoding: try encoder.encode(measurement), as: UTF8.self) + "\n")
  }

  static func check(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
    guard range.contains(value) else {
      throw ValidationError("--\(name) is not in \(range.lowerBound)...\(range.upperBound)")
    }
  }
}

/// `layered benchmark block`: one block of the transformer.
struct BenchmarkBlock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "block", abstract: "Times one block of the transformer, at the released width.")

  @Option(
    help: "Image tokens: 1600 a frame at 640 pixels, for the composite, each layer and the picture."
  )
  var tokens = 9600
  @Option(help: "Tokens of the prompt.") var textTokens = 128
  @OptionGroup var options: ComponentBenchmarkOptions

  func validate() throws {
    try ComponentBenchmarkOptions.check("tokens", tokens, in: 1...1 << 20)
    try ComponentBenchmarkOptions.check("text-tokens", textTokens, in: 1...1 << 14)
  }

  func run() throws {
    try options.write(options.benchmark().block(tokens: tokens, textTokens: textTokens))
  }
}

/// `layered benchmark attention`: softmax attention alone.
struct BenchmarkAttention: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attention",
    abstract: "Times softmax attention alone, beside libtorch's own operator.")

  @Option(help: "Queries, and as many keys.") var tokens = 9728
  @Option(help: "Heads.") var heads = 24
  @Option(help: "Numbers of a head.") var headWidth = 128
  @OptionGroup var options: ComponentBenchmarkOptions

  func validate() throws {
    try ComponentBenchmarkOptions.check("tokens", tokens, in: 1...1 << 20)
    try ComponentBenchmarkOptions.check("heads", heads, in: 1...1 << 10)
    try ComponentBenchmarkOptions.check("head-width", headWidth, in: 1...1 << 12)
  }

  func run() throws {
    for measurement in try options.benchmark().attention(
      tokens: tokens, heads: heads, headWidth: headWidth)
    {
      try options.write(measurement)
    }
  }
}

/// `layered benchmark vae`: the autoencoder both ways.
struct BenchmarkVAE: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae", abstract: "Times the autoencoder, one picture in and one layer out.")

  @Option(help: "Of the picture in pixels, a multiple of 8.") var side = 640
  @OptionGroup var options: ComponentBenchmarkOptions

  func validate() throws {
    try ComponentBenchmarkOptions.check("side", side, in: 8...4096)
    guard side.isMultiple(of: 8) else { throw ValidationError("--side is not a multiple of 8") }
  }

  func run() throws {
    for measurement in try options.benchmark().autoencoder(side: side) {
      try options.write(measurement)
    }
  }
}

/// `layered benchmark text`: the language model.
struct BenchmarkText: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "Times layers of the language model, at the released width.",
    discussion: "A prompt read at once, then a text written behind it token by token.")

  @Option(help: "Tokens of the prompt.") var tokens = 128
  @Option(help: "Tokens written behind it, 0 to leave that out.") var generatedTokens = 256
  @Option(help: "Layers of the model, of which the released one has 28.") var layers = 2
  @OptionGroup var options: ComponentBenchmarkOptions

  func validate() throws {
    try ComponentBenchmarkOptions.check("tokens", tokens, in: 1...1 << 14)
    try ComponentBenchmarkOptions.check("generated-tokens", generatedTokens, in: 0...1 << 14)
    try ComponentBenchmarkOptions.check("layers", layers, in: 1...28)
  }

  func run() throws {
    let measurements = try options.benchmark().text(
      tokens: tokens, generatedTokens: generatedTokens, layers: layers)
    for measurement in measurements { try options.write(measurement) }
  }
}

extension ComponentMeasurement {
  /// The median, the range and the shares of the machine's peak.
  fileprivate var line: String {
    func rounded(_ seconds: Double) -> String { "\((seconds * 10_000).rounded() / 10_000) s" }
    func share(_ share: Double?, of what: String) -> String {
      share.map { ", \(($0 * 1000).rounded() / 10) % of \(what)" } ?? ""
    }
    let sizes = sizes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let rate = counts.map { ", \(($0.operations / medianSeconds / 1e8).rounded() / 10) GFLOP/s" }
    return onOneLine(
      ([component] + sizes + [precision.rawValue]).joined(separator: ", ")
        + ": \(rounded(medianSeconds)) (\(rounded(leastSeconds)) to \(rounded(mostSeconds)), "
        + "\(seconds.count) runs)" + (rate ?? "") + share(shareOfPeak, of: "the measured peak")
        + share(shareOfCopy, of: "the measured copying")
        + (relativeError.map { ", relative error \($0)" } ?? ""))
  }
}
