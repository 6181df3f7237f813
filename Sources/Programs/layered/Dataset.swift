import ArgumentParser

/// `layered dataset`: makes and examines training samples.
struct Dataset: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make training samples, and examine them.",
    subcommands: [
      DatasetBuildCommand.self, DatasetMergeCommand.self, DatasetAssets.self,
      DatasetSynthesize.self, DatasetInspect.self, DatasetWork.self,
    ])
}
