import ArgumentParser
import Checkpoints
import LayerDecomposition
import OneLine
import Weights

/// `layered model convert`: writes a model with weights of another type.
struct ModelConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model folder again with weights of another type.",
    discussion: """
      Configurations, vocabulary and names stay; what belongs to a training run is left behind. The new folder is of \
      the official layout.
      """)

  @Argument(help: "The model folder to read.", completion: .directory) var model: String

  @Option(help: "The type of the new weights: bfloat16 or float32.")
  var precision: DecompositionOptions.Precision = .bfloat16

  @Option(
    name: .shortAndLong, help: "The folder to write; its parent must exist.",
    completion: .directory)
  var output: String

  @Flag(help: "Replace a model folder of that name.") var force = false

  func validate() throws {
    guard precision != .int8 else {
      throw ValidationError("weights of int8 are written by layered model quantize")
    }
  }

  func run() throws {
    let conversion = try CheckpointConversion(of: model, to: precision.dtype)
    try conversion.write(to: output, replacing: force) { component in
      StandardError.write("\(component)\n")
    }
    try StandardOutput.write("\(onOneLine(output)): \(conversion.byteCount) bytes of weights\n")
  }
}
