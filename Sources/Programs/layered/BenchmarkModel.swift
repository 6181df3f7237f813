import ArgumentParser
import Benchmarking
import FoundationEssentials
import OneLine
import Torch
import Weights

extension BenchmarkSizes: ExpressibleByArgument {}
extension BenchmarkedWork.Kind: ExpressibleByArgument {}

/// `layered benchmark model`: times the networks and the start of the program.
struct BenchmarkModel: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Times the networks on random weights, and the program's start.",
    discussion: """
      One block of the transformer, the autoencoder both ways, two layers of the text encoder, and --help. \
      Benchmarks/reference.py repeats what the JSON report describes with the reference's networks.
      """)

  @Option(help: "full for the released model's sizes, tiny to try the command.")
  var sizes: BenchmarkSizes = .full

  @Option(
    help: ArgumentHelp(
      "Only this work, and others named the same way: transformer-block, vae-encode, vae-decode, text-prefill, start-up.",
      valueName: "work"))
  var only: [BenchmarkedWork.Kind] = []

  @Option(help: "Timed runs of each, 1 to 1000.") var runs = 3
  @Option(help: "Runs before the timed ones, 0 to 1000.") var warmUps = 1
  @Option(help: "Threads that one operator may use, 1 to 1024.") var threads = 2
  @Flag(help: "Report in JSON.") var json = false

  func validate() throws {
    guard (1...1000).contains(runs), (0...1000).contains(warmUps), (1...1024).contains(threads)
    else { throw ValidationError("A count of --runs, --warm-ups or --threads is out of its range") }
  }

  func run() throws {
    TorchThreads.setCount(threads)
    let benchmark = Benchmark(
      sizes: sizes, kinds: only.isEmpty ? nil : Set(only), runCount: runs, warmUpCount: warmUps)
    let report = BenchmarkReport(
      program: "layered", command: CommandLine.arguments.joined(separator: " "),
      threadCount: threads,
      measurements: try benchmark(program: "/proc/self/exe") { measurement in
        StandardError.write("\(measurement.line)\n")
      })
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try StandardOutput.write(
        String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    } else {
      try StandardOutput.write("\(onOneLine(report.command)) (\(threads) threads)\n")
      for measurement in report.measurements { try StandardOutput.write(measurement.line + "\n") }
    }
  }
}

extension Measurement {
  /// The median and the range of the runs.
  fileprivate var line: String {
    func rounded(_ seconds: Double?) -> String {
      seconds.map { "\(($0 * 10_000).rounded() / 10_000) s" } ?? "no run"
    }
    let precision = precision.map { ", \($0)" } ?? ""
    return "\(work.name)\(precision): \(rounded(median)) "
      + "(\(rounded(seconds.min())) to \(rounded(seconds.max())), \(seconds.count) runs)"
  }
}
