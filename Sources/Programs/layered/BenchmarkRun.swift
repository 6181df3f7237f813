import ArgumentParser
import Benchmarking
import FoundationEssentials
import ImageCodecs
import LayerDecomposition
import OneLine
import Synchronization
import Torch

/// `layered benchmark run`: whole decompositions.
struct BenchmarkRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Times whole decompositions of a picture.",
    discussion: "From the opened model to the decoded layers; nothing is written.")

  @ArgumentParser.Argument(help: "The picture.", completion: .file()) var picture: String
  @OptionGroup var model: ModelOptions
  @Option(help: "Layers to find, 1 to 64.") var layers = 4
  @Option(help: "The working area is about this many pixels squared.") var resolution = 640
  @Option(help: "Denoising steps, 1 to 1000.") var steps = 2
  @Option(help: "What the picture shows; described first where it is empty.") var prompt =
    " a picture"
  @Option(help: "No guidance at 1 or below.") var guidanceScale = 4.0
  @Option(help: "Timed runs, 1 to 1000.") var repeats = 3
  @Option(help: "Threads that one operator may use, 1 to 1024.") var threads = 2
  @Flag(help: "Report in JSON.") var json = false

  private var options: DecompositionOptions {
    DecompositionOptions(
      layerCount: layers, resolution: resolution, stepCount: steps, guidanceScale: guidanceScale,
      precision: model.precision, device: model.device)
  }

  func validate() throws {
    try ComponentBenchmarkOptions.check("repeats", repeats, in: 1...1000)
    try ComponentBenchmarkOptions.check("threads", threads, in: 1...1024)
  }

  func run() async throws {
    try options.validate()
    TorchThreads.setCount(threads)
    let folder = try model.folder()
    let request = DecompositionRequest(
      picture: try DecodedImage(contentsOf: picture).image, prompt: prompt)
    var runs: [RunTimes] = []
    for _ in 0..<repeats {
      let clock = RunClock()
      let engine = try DecompositionEngine(modelFolder: folder)
      try await engine.decompose([request], options: options, report: clock.hear) { _, _ in
        clock.end()
      }
      runs.append(clock.times)
    }
    let report = RunReport(
      layers: layers, resolution: resolution, steps: steps, precision: model.precision.rawValue,
      threads: threads, runs: runs)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      try StandardOutput.write(String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
    } else {
      try StandardOutput.write(onOneLine(report.summary) + "\n")
    }
  }
}

/// When the parts of one run were done, in seconds from its start.
private struct RunTimes: Codable, Sendable {
  var firstStep = 0.0
  var lastStep = 0.0
  var end = 0.0

  enum CodingKeys: String, CodingKey {
    case firstStep = "first_step_seconds"
    case lastStep = "last_step_seconds"
    case end = "seconds"
  }
}

/// Hears of the progress of one run.
private final class RunClock: Sendable {
  private let begin = ContinuousClock.now
  private let state = Mutex(RunTimes())

  private var now: Double { (ContinuousClock.now - begin) / .seconds(1) }

  @Sendable func hear(_ event: DecompositionEvent) {
    guard case .denoised(_, let step, _) = event else { return }
    let now = now
    state.withLock { times in
      if step == 1 { times.firstStep = now }
      times.lastStep = now
    }
  }

  func end() {
    let now = now
    state.withLock { $0.end = now }
  }

  var times: RunTimes { state.withLock { $0 } }
}

private struct RunReport: Codable {
  let layers: Int
  let resolution: Int
  let steps: Int
  let precision: String
  let threads: Int
  let runs: [RunTimes]
  let medianSeconds: Double
  /// Of a step after the first; nil for runs of one step.
  let medianStepSeconds: Double?

  enum CodingKeys: String, CodingKey {
    case layers, resolution, steps, precision, threads, runs
    case medianSeconds = "median_seconds"
    case medianStepSeconds = "median_step_seconds"
  }

  init(
    layers: Int, resolution: Int, steps: Int, precision: String, threads: Int, runs: [RunTimes]
  ) {
    self.layers = layers
    self.resolution = resolution
    self.steps = steps
    self.precision = precision
    self.threads = threads
    self.runs = runs
    medianSeconds = Self.median(runs.map(\.end)) ?? 0
    medianStepSeconds =
      steps > 1
      ? Self.median(runs.map { ($0.lastStep - $0.firstStep) / Double(steps - 1) }) : nil
  }

  private static func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
  }

  var summary: String {
    func rounded(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100) s" }
    let step = medianStepSeconds.map { ", a step \(rounded($0))" } ?? ""
    return "run, layers \(layers), resolution \(resolution), steps \(steps), \(precision): "
      + "\(rounded(medianSeconds)) (\(runs.count) runs)\(step)"
  }
}
