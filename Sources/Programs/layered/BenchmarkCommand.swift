import ArgumentParser

/// `layered benchmark`: times what the program does.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Times what the program does.",
    subcommands: [
      BenchmarkBlock.self, BenchmarkAttention.self, BenchmarkVAE.self, BenchmarkText.self,
      BenchmarkScaling.self, BenchmarkInt8.self, BenchmarkRun.self, BenchmarkModel.self,
      BenchmarkDocuments.self,
    ])
}
