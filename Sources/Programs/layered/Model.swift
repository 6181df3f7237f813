import ArgumentParser

/// `layered model`: makes and examines model folders.
struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make and examine model folders.", subcommands: [ModelInit.self, ModelInspect.self])
}
