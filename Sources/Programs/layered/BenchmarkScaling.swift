import ArgumentParser
import Benchmarking
import FoundationEssentials
import LayerDecomposition

/// `layered benchmark scaling`: time and memory by layers and size.
struct BenchmarkScaling: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scaling",
    abstract: "A table of layers and sizes against the transformer's time and memory.",
    discussion: """
      A block's time is measured where it takes no longer than --longest by the formula: its products and its attention, \
      each at the rate of a block of 2,400 tokens. A step is 60 blocks, twice with guidance.
      """)

  @Option(help: "Counts of layers.") var layers: [Int] = [2, 4, 8, 16]
  @Option(help: "Working sizes in pixels, multiples of 32.") var sides: [Int] = [320, 640, 1024]
  @Option(help: "Seconds that a block may take by the formula to be run.") var longest = 60.0
  @OptionGroup var options: ComponentBenchmarkOptions

  func validate() throws {
    for layers in layers { try ComponentBenchmarkOptions.check("layers", layers, in: 1...64) }
    for side in sides { try ComponentBenchmarkOptions.check("sides", side, in: 64...2048) }
    guard sides.allSatisfy({ $0.isMultiple(of: 32) }) else {
      throw ValidationError("--sides are not multiples of 32")
    }
  }

  func run() throws {
    let table = try ScalingTable(options.benchmark())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !options.json { try StandardOutput.write(Self.head) }
    for side in sides {
      for layers in layers {
        let row = try table.row(layers: layers, side: side, longest: longest) { isBegin in
          if isBegin { PeakMemory.reset() }
          return PeakMemory.byteCount
        }
        try StandardOutput.write(
          options.json
            ? String(decoding: try encoder.encode(row), as: UTF8.self) + "\n" : row.markdown)
      }
    }
  }

  private static let head = """
    | side | layers | tokens | block measured, s | block by formula, s | step of 60 blocks with guidance by formula, s \
    | block's process measured, GB | transformer by formula, GB |
    |---:|---:|---:|---:|---:|---:|---:|---:|

    """
}

extension ScalingTable.Row {
  /// A row of a table in Markdown.
  fileprivate var markdown: String {
    func rounded(_ value: Double, _ digits: Double = 100) -> String {
      "\((value * digits).rounded() / digits)"
    }
    let step = expectedSeconds * Double(2 * ScalingTable.blockCount)
    let cells = [
      "\(side)", "\(layers)", "\(tokens)", measuredSeconds.map { rounded($0) } ?? "not run",
      rounded(expectedSeconds), rounded(step, 1),
      measuredMemory.map { rounded(Double($0) / 1e9) } ?? "not run",
      rounded(Double(expectedMemory) / 1e9),
    ]
    return "| " + cells.joined(separator: " | ") + " |\n"
  }
}
