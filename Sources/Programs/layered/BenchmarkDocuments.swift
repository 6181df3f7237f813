import ArgumentParser
import Benchmarking
import FoundationEssentials
import OneLine

/// `layered benchmark documents`: opens and merges PSD files.
struct BenchmarkDocuments: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "documents",
    abstract: "Opens and merges PSD files, and compares with the merged pictures that they hold.",
    discussion: """
      Writes a line for each file. Benchmarks/documents.py does the same with psd-tools and puts both side by side.
      """)

  @Argument(help: "PSD or PSB files.") var files: [String]

  @Flag(help: "A JSON object on each line.") var json = false

  func run() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for path in files {
      let measurement = DocumentMeasurement(of: path)
      if json {
        let line = String(decoding: try encoder.encode(measurement), as: UTF8.self)
        try StandardOutput.write(line + "\n")
      } else {
        try StandardOutput.write(onOneLine("\(path): \(measurement.summary)") + "\n")
      }
    }
  }
}

extension DocumentMeasurement {
  fileprivate var summary: String {
    if let refusal { return "refused: \(refusal)" }
    let time = "\(colors ?? ""), \((seconds * 10_000).rounded() / 10) ms"
    let likeness = psnr.map { ", \(($0 * 10).rounded() / 10) dB" } ?? ", holds no merged picture"
    let rest = leftOut.isEmpty ? "" : ", without \(leftOut.joined(separator: ", "))"
    return time + likeness + rest
  }
}
