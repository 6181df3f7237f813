import ArgumentParser

/// `layered model`: makes and examines model folders.
struct Model: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make, convert, quantize and examine model folders.",
    subcommands: [
      ModelInit.self, ModelConvert.self, ModelQuantize.self, ModelInspect.self,
    ])
}
