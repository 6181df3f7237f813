import ArgumentParser

/// `layered benchmark`: times what the program does.
struct BenchmarkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Times what the program does.",
    subcommands: [BenchmarkModel.self, BenchmarkDocuments.self])
}
