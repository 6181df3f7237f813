import ArgumentParser
import LayerDecomposition
import TextEncoder

extension CaptionLanguage: ExpressibleByArgument {}
extension DecompositionOptions.Precision: ExpressibleByArgument {}
extension DecompositionOptions.ComputeDevice: ExpressibleByArgument {}

/// Which model, where, and in which type: what every command that runs networks takes.
struct ModelOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The model's folder, of the official layout.", valueName: "dir"))
  var model: String

  @Option(help: "The type in which the networks compute: bfloat16 or float32.")
  var precision: DecompositionOptions.Precision = .bfloat16

  @Option(help: "Where the networks compute: cpu, cuda or mps.")
  var device: DecompositionOptions.ComputeDevice = .cpu
}
