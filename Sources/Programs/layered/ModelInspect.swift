import ArgumentParser
import Checkpoints
import FoundationEssentials
import OneLine
import Weights

/// `layered model inspect`: says what a model folder holds and whether it is whole.
struct ModelInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a model folder holds and what in it does not fit.",
    discussion:
      "Reads configurations and the headers of the weights only. Exits with 1 if something does not fit."
  )

  @Argument(help: "The model folder.", completion: .directory)
  var folder: String

  @Flag(help: "Report in JSON.")
  var json = false

  func run() throws {
    let inspection = try CheckpointInspection(path: folder)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try StandardOutput.write(
        String(decoding: try encoder.encode(inspection), as: UTF8.self) + "\n")
    } else {
      try StandardOutput.write(inspection.lines.map { onOneLine($0) + "\n" }.joined())
    }
    guard inspection.problems.isEmpty else {
      for problem in inspection.problems { StandardError.write("layered: \(onOneLine(problem))\n") }
      throw ExitCode.failure
    }
  }
}

extension CheckpointInspection {
  fileprivate var lines: [String] {
    var lines = [path]
    for component in components {
      let sizes = component.sizes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      let files = component.fileCount == 1 ? "1 file" : "\(component.fileCount) files"
      lines += [
        "\(component.name): \(component.className ?? "no class in model_index.json")",
        "  \(sizes)",
        "  \(component.tensorCount) tensors, \(component.parameterCount) parameters, "
          + "\(component.byteCount) bytes in \(files), \(component.dtypes.joined(separator: " and "))",
      ]
      if component.unknownTensorCount > 0 {
        lines.append("  \(component.unknownTensorCount) tensors unknown to the network")
      }
    }
    if let tokenizer {
      lines.append(
        "tokenizer: \(tokenizer.tokenCount) tokens, \(tokenizer.addedTokenCount) of them added")
    }
    if let scheduler {
      let terminal = scheduler.terminalSigma.map { ", ends at \($0)" } ?? ""
      let shift = scheduler.usesDynamicShifting ? "shift by size" : "shift \(scheduler.shift)"
      lines.append("scheduler: \(scheduler.timeShift) \(shift)\(terminal)")
    }
    return lines
  }
}
