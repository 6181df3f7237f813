import ArgumentParser
import Checkpoints
import LayerDecomposition
import OneLine

/// `layered model quantize`: writes a model whose large products are of int8.
struct ModelQuantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Write a model folder again with int8 weights, half the size of bfloat16.",
    discussion: """
      The weights of the transformer's blocks and of the language model's layers become int8 with a factor for each \
      output, beside the weight under its name with _scale behind it; the rest becomes bfloat16. The folder takes the \
      place of the one it was made of; --precision int8 with that one computes the same. Adapters apply to it; training \
      does not start from it. diffusers does not read it: layered model convert writes real weights again.
      """)

  @Argument(help: "The model folder to read.", completion: .directory) var model: String

  @Option(
    name: .shortAndLong, help: "The folder to write; its parent must exist.",
    completion: .directory)
  var output: String

  @Flag(help: "Replace a model folder of that name.") var force = false

  func run() throws {
    let conversion = try CheckpointConversion(
      of: model, to: DecompositionOptions.Precision.bfloat16.dtype, quantizingLinearWeights: true)
    try conversion.write(to: output, replacing: force) { component in
      StandardError.write("\(component)\n")
    }
    try StandardOutput.write("\(onOneLine(output)): \(conversion.byteCount) bytes of weights\n")
  }
}
