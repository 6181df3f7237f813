import ArgumentParser
import Checkpoints
import FoundationEssentials
import LayerDecomposition
import OneLine
import Tokenizers
import Torch
import Weights

/// `layered model init`: writes a checkpoint of random weights.
struct ModelInit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a model folder of the official layout with random weights.",
    discussion: """
      The weights are a function of preset, seed, precision, vocabulary and --training alone. \
      Without --vocabulary each byte of a text is a token.
      """)

  @Option(
    help:
      "The sizes: tiny, mini (that of the model the package carries), small, or full for those of the released model."
  )
  var preset: CheckpointPreset

  @Option(help: "What the random weights begin from, 0 to 4294967295.")
  var seed: UInt32 = 0

  @Option(help: "The type of the weights: bfloat16 or float32.")
  var precision: DecompositionOptions.Precision = .bfloat16

  @Option(
    help: "A folder with vocab.json and merges.txt of Qwen2; the full preset needs it.",
    completion: .directory)
  var vocabulary: String?

  @Flag(
    name: .customLong("training"),
    help: "Weights that training starts from well: layers that add to their input begin at zero.")
  var isForTraining = false

  @Option(
    name: .shortAndLong, help: "The folder to write; its parent must exist.",
    completion: .directory)
  var output: String?

  @Flag(help: "Replace a model folder of that name.")
  var force = false

  @Flag(help: "List the name and shape of every tensor and the totals; write nothing.")
  var dryRun = false

  func validate() throws {
    guard precision != .int8 else {
      throw ValidationError("weights of int8 are written by layered model quantize")
    }
    guard dryRun || output != nil else {
      throw ValidationError("Missing expected argument '-o <output>'")
    }
    guard dryRun || preset != .full || vocabulary != nil else {
      throw ValidationError("\(CheckpointError.vocabularyNeeded(preset: preset.rawValue))")
    }
  }

  func run() throws {
    let checkpoint = try RandomCheckpoint(
      preset, seed: seed, dtype: precision.dtype,
      vocabulary: vocabulary.map { path in
        // The tokens behind the vocabulary are this model's own, whatever the folder was made for.
        try Qwen2Tokenizer(
          directory: URL(filePath: path, directoryHint: .isDirectory), addedTokens: .qwen2)
      }, forTraining: isForTraining)
    guard !dryRun, let output else { return try StandardOutput.write(checkpoint.listing) }
    try checkpoint.write(to: output, replacing: force) { layout in
      StandardError.write("\(layout.name): \(layout.entries.count) tensors\n")
    }
    try StandardOutput.write(
      "\(onOneLine(output)): \(checkpoint.parameterCount) parameters in \(checkpoint.byteCount) bytes\n"
    )
  }
}

extension CheckpointPreset: ExpressibleByArgument {}

extension RandomCheckpoint {
  /// A line for each tensor, component by component, then the totals.
  fileprivate var listing: String {
    var lines: [String] = []
    for layout in layouts {
      lines.append(layout.name)
      for entry in layout.entries { lines.append("  \(entry.key) \(entry.shape)") }
    }
    for layout in layouts {
      lines.append(
        "\(layout.name): \(layout.entries.count) tensors, \(layout.parameterCount) parameters")
    }
    lines.append("all: \(parameterCount) parameters, \(byteCount) bytes in \(dtype)")
    return lines.map { $0 + "\n" }.joined()
  }
}
