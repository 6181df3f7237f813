import ArgumentParser
import Datasets

/// `layered dataset merge`: puts the parts of a dataset together.
struct DatasetMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Put the parts that several machines made together.",
    discussion: """
      The parts must have been made with one configuration, captioner and version, and be complete. The result is, byte \
      for byte, what one machine would have made of all files.
      """)

  @Argument(help: "The folders that build --shard made.", completion: .directory)
  var parts: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The dataset's folder.", valueName: "dir"))
  var output: String

  func run() throws {
    let manifest = try DatasetMerge(parts: parts, output: output).run()
    try StandardOutput.write(DatasetBuildCommand.summary(of: manifest, at: output))
  }
}
