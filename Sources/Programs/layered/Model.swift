import ArgumentParser

/// `layered model`: makes and examines model folders.
struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make, convert and examine model folders.",
    subcommands: [ModelInit.self, ModelConvert.self, ModelInspect.self])
}
