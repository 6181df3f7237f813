import ArgumentParser
import AtomicFiles
import Checkpoints
import Evaluation
import Foundation
import LayerDecomposition
import PerceptualMetrics
import Reports
import Torch

/// `layered evaluate reconstruction`: the AIM-500 protocol.
struct EvaluateReconstruction: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruction",
    abstract: "Compares pictures with transparency with references by the AIM-500 protocol.",
    discussion: """
      Pictures are matched by their paths below both folders, endings aside; folders inside are subsets, folders in \
      those subtypes, whose means are averaged. Each pair is laid over nine colours and stored as JPEG of quality 75, \
      as the protocol does, or not stored with --lossless. PSNR and SSIM: higher is better; LPIPS (AlexNet) and FID \
      (Inception): lower is better, and left out where the weights are missing, which `make metrics` fetches. With \
      --model the model's autoencoder makes the predictions. The row "rgba" leaves alpha out and counts in no mean.
      """)

  @Option(help: ArgumentHelp("The pictures to score.", valueName: "dir")) var predictions: String?
  @Option(help: ArgumentHelp("The pictures to compare them with.", valueName: "dir"))
  var references: String

  @Option(
    help: ArgumentHelp(
      "Scores what this model's autoencoder makes of the references, instead of --predictions.",
      valueName: "dir"))
  var model: String?
  @Option(help: "The type in which the autoencoder computes: bfloat16 or float32.")
  var precision: DecompositionOptions.Precision = .float32
  @Option(help: "Where the networks compute: cpu, cuda or mps.")
  var device: DecompositionOptions.ComputeDevice = .cpu

  @Option(
    help: ArgumentHelp(
      "Resizes the shorter side of references to PIXELS and cuts the square in the middle; the paper has 1024.",
      valueName: "pixels"))
  var side: Int?
  @Flag(help: "Compares blended pictures without storing them as JPEG.") var lossless = false
  @Option(
    help: ArgumentHelp("The weights of the metrics, made by `make metrics`.", valueName: "dir"))
  var metrics = ".deps/metrics"

  @Option(help: ArgumentHelp("Writes all scores as JSON; - is standard output.", valueName: "file"))
  var json: String?
  @Option(
    help: ArgumentHelp(
      "Writes a page with the table, histograms, and the best, median and worst pictures.",
      valueName: "file.html"))
  var report: String?

  @Flag(help: "Replaces FILE and FILE.html.") var force = false
  @Flag(help: "No progress on standard error.") var quiet = false

  func validate() throws {
    guard (predictions == nil) != (model == nil) else {
      throw ValidationError("one of --predictions and --model is needed")
    }
    if let side, !(32...8192).contains(side) {
      throw ValidationError("--side \(side) is not in 32...8192")
    }
  }

  func run() async throws {
    try EvaluationOutputs.check([json, report], overwriting: force)
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let placement = try Placement(
      DecompositionOptions(layerCount: 1, precision: precision, device: device))
    let pairs = try pairs(on: placement)
    let networks = try networks(on: placement.device, display: display)
    let evaluation = try await ReconstructionEvaluation(
      of: pairs, storage: lossless ? .lossless : .jpeg, networks: networks,
      // Two pictures in one network would share its cores and need twice the memory.
      workerCount: model == nil ? ProcessInfo.processInfo.activeProcessorCount : 1
    ) { done, total in
      if done.isMultiple(of: 10) || done == total { display.status("scored \(done) of \(total)") }
    }
    display.finish()
    EvaluationOutputs.name(evaluation.skipped, isPartial: evaluation.isPartial, on: display)
    guard !evaluation.pictures.isEmpty else {
      throw NothingScored(folder: predictions ?? references)
    }
    try EvaluationOutputs.write(evaluation, as: json, overwriting: force)
    if let report {
      let page = try ReconstructionReport(of: evaluation, pairs: pairs).html()
      try AtomicFile.write(Array(page.utf8), to: report, overwriting: force)
    }
    if json != "-" { try StandardOutput.write(Self.text(of: evaluation)) }
  }

  private func pairs(on placement: Placement) throws -> PicturePairs {
    if let predictions {
      return try PicturePairs(predictions: predictions, references: references, side: side)
    }
    let files = try CheckpointFolder(path: model ?? "").openVAE()
    let loaded = try files.load(dtype: placement.dtype, device: placement.device)
    nonisolated(unsafe) let reconstruction = PictureReconstruction(loaded.network)
    return try PicturePairs(references: references, side: side) { try reconstruction($0) }
  }

  /// The networks whose weights are there; says which are not.
  private func networks(
    on device: Device, display: ProgressDisplay
  ) throws -> PerceptualNetworks {
    let weights = MetricWeights(folder: metrics)
    func isThere(_ file: String, _ score: String) -> Bool {
      if FileManager.default.fileExists(atPath: "\(metrics)/\(file).safetensors") { return true }
      display.line(
        "warning: no \(score): \(metrics)/\(file).safetensors is missing; `make metrics` fetches it",
        evenIfQuiet: true)
      return false
    }
    return PerceptualNetworks(
      distance: isThere("lpips-alex", "LPIPS")
        ? try weights.perceptualDistance(.alexNet, on: device) : nil,
      inception: isThere("inception", "FID") ? try weights.inceptionFeatures(on: device) : nil)
  }

  private static func text(of evaluation: ReconstructionEvaluation) -> String {
    func line(_ name: String, _ cells: [String]) -> String {
      name.padding(toLength: 26, withPad: " ", startingAt: 0)
        + cells.map { $0.padding(toLength: 9, withPad: " ", startingAt: 0) }.joined() + "\n"
    }
    let title =
      "\(evaluation.pictures.count) pictures" + (evaluation.isPartial ? ", partial" : "")
    return line(title, ["PSNR", "SSIM", "FID", "LPIPS"])
      + evaluation.table.map { line($0[0], Array($0.dropFirst())) }.joined() + "\n"
      + PublishedReconstruction.aim500.map { row in
        line(
          "\(row.model) (\(row.base))",
          [row.psnr, row.ssim, row.fid, row.lpips].map { fixedPoint($0, places: 4) })
      }.joined() + "\nThe last rows are the paper's for AIM-500, means over colours.\n"
  }
}
