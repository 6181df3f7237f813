import ArgumentParser
import Datasets

/// `layered dataset work`: what `dataset build` starts to work on one file after the other.
struct DatasetWork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Make samples of the files that standard input names.",
    shouldDisplay: false)

  @Option(name: .customLong("configuration")) var configurationPath: String

  func run() throws { try Worker(BuildConfiguration(path: configurationPath)).run() }
}
