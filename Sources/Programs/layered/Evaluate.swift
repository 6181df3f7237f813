import ArgumentParser
import AtomicFiles
import Evaluation
import Foundation
import OneLine
import Reports

/// `layered evaluate`: how good layers are.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Scores layers and reconstructions by the paper's protocols.",
    subcommands: [
      EvaluateLayers.self, EvaluateReconstruction.self, EvaluateRecomposition.self,
      EvaluateCrello.self,
    ])
}

/// `layered evaluate layers`: LayerD's protocol.
struct EvaluateLayers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers", abstract: "Compares layers with reference layers by LayerD's protocol.",
    discussion: """
      DIR holds a folder for each sample with its layers as PNG files, back to front by their names. Layers that do not \
      overlap are grouped, the groups are aligned by dynamic time warping, and the scores are taken again after each \
      merge of neighbours in either list. RGB L1: lower is better; alpha soft IoU: higher is better. Samples of fewer \
      than two layers have no score; what cannot be read or compared is named, and the result then marked as partial.
      """)

  @Option(help: ArgumentHelp("The layers to score.", valueName: "dir")) var predictions: String
  @Option(help: ArgumentHelp("The layers to compare them with.", valueName: "dir"))
  var references: String

  @Option(help: "The most merges, 0 to 100; the paper's table has 0 to 5.") var maxMerges = 5

  @Option(help: ArgumentHelp("Writes all scores as JSON; - is standard output.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Writes a page with the table, curves, and the best, median and worst samples as pictures.",
      valueName: "file.html"))
  var report: String?

  @Flag(help: "Replaces FILE and FILE.html.") var force = false
  @Flag(help: "No progress on standard error.") var quiet = false

  func validate() throws {
    guard (0...100).contains(maxMerges) else {
      throw ValidationError("--max-merges \(maxMerges) is not in 0...100")
    }
  }

  func run() async throws {
    try EvaluationOutputs.check([json, report], overwriting: force)
    let folders = try SampleFolders(predictions: predictions, references: references)
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let evaluation = try await LayerEvaluation(
      of: folders, maximumMerges: maxMerges,
      workerCount: ProcessInfo.processInfo.activeProcessorCount
    ) { done, total in
      if done.isMultiple(of: 100) || done == total { display.status("scored \(done) of \(total)") }
    }
    display.finish()
    EvaluationOutputs.name(evaluation.skipped, isPartial: evaluation.isPartial, on: display)
    guard !evaluation.samples.isEmpty else { throw NothingScored(folder: predictions) }
    try EvaluationOutputs.write(evaluation, as: json, overwriting: force)
    if let report {
      let page = try LayerReport(of: evaluation, folders: folders).html()
      try AtomicFile.write(Array(page.utf8), to: report, overwriting: force)
    }
    if json != "-" { try StandardOutput.write(Self.table(of: evaluation)) }
  }

  /// The paper's table with a row for these layers.
  private static func table(of evaluation: LayerEvaluation) -> String {
    func row(_ name: String, _ values: [Double], _ count: Int) -> String {
      let cells = values.prefix(count).map { fixedPoint($0, places: 4) }
      return name.padding(toLength: 26, withPad: " ", startingAt: 0)
        + cells.joined(separator: "  ") + "\n"
    }
    let count = evaluation.levels.count
    let title = "\(evaluation.samples.count) samples" + (evaluation.isPartial ? ", partial" : "")
    func section(
      _ name: String, _ own: [Double], _ published: KeyPath<PublishedScores, [Double]>
    ) -> String {
      let heading = (0..<count).map { "\($0)     " }.joined(separator: "  ")
      return name.padding(toLength: 26, withPad: " ", startingAt: 0) + heading + "\n"
        + PublishedScores.crello.map { row($0.method, $0[keyPath: published], count) }.joined()
        + row(title, own, count)
    }
    return section("RGB L1, by merges", evaluation.levels.map(\.rgbL1), \.rgbL1) + "\n"
      + section(
        "Alpha soft IoU, by merges", evaluation.levels.map(\.alphaSoftIoU), \.alphaSoftIoU)
      + "\nThe rows above ours are the paper's for Crello's test split.\n"
  }
}

/// What all evaluations write besides their table.
enum EvaluationOutputs {
  /// Looks before the work whether the files can be written; `-` is standard output.
  static func check(_ files: [String?], overwriting: Bool) throws(OutputError) {
    for case let file? in files where file != "-" {
      try AtomicFile(at: file, overwriting: overwriting).discard()
    }
  }

  /// Names what has no score.
  static func name(_ skipped: [SkippedSample], isPartial: Bool, on display: ProgressDisplay) {
    for sample in skipped {
      display.line("skipped \(onOneLine(sample.name)): \(sample.reason)", evenIfQuiet: true)
    }
    guard isPartial else { return }
    display.line(
      "warning: the result is partial: \(skipped.count) samples were skipped", evenIfQuiet: true)
  }

  /// Writes scores as JSON where a file is given; `-` is standard output.
  static func write(_ scores: some Encodable, as json: String?, overwriting: Bool) throws {
    guard let json else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let bytes = Array(try encoder.encode(scores)) + [0x0A]
    if json == "-" {
      try StandardOutput.write(String(decoding: bytes, as: UTF8.self))
    } else {
      try AtomicFile.write(bytes, to: json, overwriting: overwriting)
    }
  }
}

/// A run in which no sample could be scored.
struct NothingScored: Error, CustomStringConvertible {
  let folder: String
  var description: String { onOneLine("\(folder): no sample could be scored") }
}
