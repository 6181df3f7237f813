import ArgumentParser
import Datasets
import Glibc
import LayerDecomposition
import OneLine

/// `layered dataset build`: makes samples of PSD files.
struct DatasetBuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build", abstract: "Make training samples of folders of PSD files.",
    discussion: """
      Files are taken apart in other processes, each within limits of time and memory; one that fails is named in \
      the manifest and harms no other. The output holds WebDataset shards, index.json, manifest.json, which says of every \
      file and layer that was left out why, and report.html. A build that was interrupted goes on when it is started \
      again; the result is the same for any number of jobs.
      """)

  @Argument(help: "Folders with PSD and PSB files.", completion: .directory)
  var folders: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The dataset's folder.", valueName: "dir"))
  var output: String

  @Option(help: ArgumentHelp("Thresholds and limits, in JSON.", valueName: "file"))
  var config: String?

  @Option(help: "How many files are worked on at a time; as many as processors if left out.")
  var jobs: Int?

  @Option(help: ArgumentHelp("The part of the files to take, such as 2/5.", valueName: "i/n"))
  var shard: String?

  @Option(
    help: ArgumentHelp(
      "Resizes samples to about this many pixels squared, sides multiples of 32.", valueName: "px"))
  var size: Int?

  @Option(
    help: ArgumentHelp("A model's folder, whose Qwen2.5-VL writes the captions.", valueName: "dir"))
  var model: String?

  @Option(help: "Where the model computes: cpu, cuda or mps.")
  var device: DecompositionOptions.ComputeDevice = .cpu

  @Option(
    help: ArgumentHelp(
      "A dataset whose pictures must not be in this one; may be repeated.", valueName: "dir"))
  var exclude: [String] = []

  @Flag(help: "Begins anew where the output was begun with another configuration.")
  var restart = false

  @Flag(help: "No progress on standard error.") var quiet = false

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) {
      throw ValidationError("--jobs \(jobs) is not in 1...1024")
    }
    if let size, !(64...2048).contains(size) {
      throw ValidationError("--size \(size) is not in 64...2048")
    }
    _ = try part
  }

  private var part: Manifest.Part? {
    get throws {
      guard let shard else { return nil }
      let numbers = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
        let part = Manifest.Part(number: number, of: count)
      else { throw ValidationError("--shard '\(shard)' is not i/n with i in 1...n") }
      return part
    }
  }

  func run() async throws {
    var build = DatasetBuild(
      folders: folders, output: output, toolVersion: Layered.configuration.version,
      workerCommand: [try Self.program(), "dataset", "work"])
    if let config { build.configuration = try BuildConfiguration(path: config) }
    if let size { build.configuration.size = size }
    build.jobCount = jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    build.part = try part
    build.isRestarting = restart
    for path in exclude {
      let manifest = try Manifest(of: path)
      build.excludedPictures.formUnion(manifest.sources.compactMap(\.pixelHash))
    }
    if let model { build.captioner = try captioner(model) }
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let manifest = try await build.run { Self.show($0, on: display) }
    display.finish()
    try StandardOutput.write(Self.summary(of: manifest, at: output))
  }

  private func captioner(_ model: String) throws -> DatasetBuild.Captioner {
    let engine = try CaptionEngine(modelFolder: model)
    let options = DecompositionOptions(device: device)
    return DatasetBuild.Captioner(name: "Qwen2.5-VL") { picture in
      try await engine.caption(picture, options: options)
    }
  }

  private static func show(_ event: DatasetBuild.Event, on display: ProgressDisplay) {
    switch event {
    case .progress(let done, let count):
      display.advance("extracting", done, of: count, unit: "file")
    case .captions(let done, let count):
      display.advance("describing", done, of: count, unit: "sample")
    case .inputs(let changed, let added, let removed):
      for (word, paths) in [("changed", changed), ("added", added), ("removed", removed)] {
        for path in paths { display.line("\(word) since the last build: \(onOneLine(path))") }
      }
    }
  }

  /// What was made of how many files, and why of the others nothing.
  static func summary(of manifest: Manifest, at output: String) -> String {
    var lines = [
      "\(onOneLine(output)): \(manifest.keptCount) samples of \(manifest.sources.count) files"
    ]
    lines += manifest.dropCounts.map { "  \($0.count) files left out: \($0.reason.rawValue)" }
    lines += manifest.layerDropCounts.map { "  \($0.count) layers left out: \($0.reason.rawValue)" }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The file of this program, however it was called.
  private static func program() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else {
      throw DatasetError.cannotStart(String(cString: strerror(errno)))
    }
    defer { free(path) }
    return String(cString: path)
  }
}
