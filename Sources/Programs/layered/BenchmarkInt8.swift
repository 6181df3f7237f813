import ArgumentParser
import Benchmarking
import FoundationEssentials
import Torch

/// `layered benchmark int8`: what rounding to int8 costs.
struct BenchmarkInt8: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "int8",
    abstract: "Tells how far velocities in int8 lie from those of bfloat16.",
    discussion: """
      A transformer of the released width with random weights takes all steps in bfloat16; at each, the velocity is predicted \
      with other layers in int8. The first row compares bfloat16 with float32.
      """)

  @Option(help: "Blocks of the transformer, of which the released one has 60.") var blocks = 2
  @Option(help: "Tokens a side of a frame: 40 at 640 pixels.") var grid = 16
  @Option(help: "Layers besides the composite.") var layers = 4
  @Option(help: "Denoising steps.") var steps = 4
  @Option(help: "Threads that one operator may use, 1 to 1024.") var threads = 2
  @Flag(help: "Report in JSON, one object a line.") var json = false

  func validate() throws {
    try ComponentBenchmarkOptions.check("blocks", blocks, in: 1...60)
    try ComponentBenchmarkOptions.check("grid", grid, in: 1...64)
    try ComponentBenchmarkOptions.check("layers", layers, in: 1...64)
    try ComponentBenchmarkOptions.check("steps", steps, in: 1...1000)
    try ComponentBenchmarkOptions.check("threads", threads, in: 1...1024)
  }

  func run() throws {
    TorchThreads.setCount(threads)
    let loss = try Int8Loss(blocks: blocks, grid: grid, layers: layers, stepCount: steps)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !json {
      let names = (1...steps).map { "step \($0)" }
      try StandardOutput.write("| int8 | \(names.joined(separator: " | ")) |\n")
      try StandardOutput.write("|---|\(String(repeating: "---:|", count: steps))\n")
    }
    for setting in Int8Loss.Setting.allCases {
      let row = try loss.row(setting)
      if json {
        try StandardOutput.write(String(decoding: try encoder.encode(row), as: UTF8.self) + "\n")
      } else {
        let errors = row.relativeErrors.map { "\(($0 * 100_000).rounded() / 1000) %" }
        try StandardOutput.write(
          "| \(setting.rawValue) | \(errors.joined(separator: " | ")) |\n")
      }
    }
  }
}
