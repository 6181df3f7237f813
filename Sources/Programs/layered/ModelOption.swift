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

extension AdapterFile: ExpressibleByArgument {
  /// The number after the last colon is the weight; a name that ends so is given as `name:1`.
  public init?(argument: String) {
    self.init(path: argument)
    if let colon = argument.lastIndex(of: ":"),
      let weight = Double(argument[argument.index(after: colon)...])
    {
      guard weight.isFinite else { return nil }
      self.init(path: String(argument[..<colon]), weight: weight)
    }
    if path.isEmpty { return nil }
  }
}
