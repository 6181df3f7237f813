import ArgumentParser
import Datasets

/// `layered dataset work`: what `dataset build` starts for each file.
struct DatasetWork: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "work", abstract: "Make a sample of one file.", shouldDisplay: false)

  @Option var location: String
  @Option var path: String
  @Option var byteCount: Int
  @Option var sha256: String
  @Option var results: String
  @Option(name: .customLong("configuration")) var configurationPath: String

  func run() throws {
    let item = WorkItem(
      location: location,
      record: SourceRecord(path: path, byteCount: byteCount, sha256: sha256), prefix: results,
      configuration: try BuildConfiguration(path: configurationPath))
    item.confine()
    try item.run()
  }
}
