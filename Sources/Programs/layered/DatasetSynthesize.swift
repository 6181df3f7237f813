import ArgumentParser
import Assets
import Composition
import Datasets
import Glibc
import OneLine

/// `layered dataset synthesize`: composes samples of assets.
struct DatasetSynthesize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize", abstract: "Compose training samples of a pack of assets.",
    discussion: """
      Makes designs such as posters, slides and app screens of the pictures and words in a pack, with their layers, \
      captions and bounding boxes, as the shards that dataset build writes. Each sample depends on the pack, the seed, \
      its number and the options alone, so that the result is the same for any number of workers; a run that was \
      interrupted goes on when it is started again.
      """)

  @Option(help: ArgumentHelp("The pack that dataset assets made.", valueName: "file"))
  var assets: String

  @Option(help: "How many samples.") var count: Int

  @Option(help: "What the samples are drawn by.") var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Pixels of a side of the canvas.", valueName: "px")) var size = 256

  @Option(help: ArgumentHelp("Layers of a sample, the background among them.", valueName: "n..m"))
  var layers = "2..8"

  @Option(help: "Which assets to use: train, validation or test.")
  var split = AssetSplit.train

  @Option(help: "How many samples to compose at a time; as many as processors if left out.")
  var workers: Int?

  @Option(name: .shortAndLong, help: ArgumentHelp("The dataset's folder.", valueName: "dir"))
  var output: String

  @Flag(help: "Begins anew where the output was begun with other options.")
  var restart = false

  @Flag(help: "No progress on standard error.") var quiet = false

  func validate() throws {
    guard (1...100_000_000).contains(count) else {
      throw ValidationError("--count \(count) is not in 1...100000000")
    }
    if let workers, !(1...1024).contains(workers) {
      throw ValidationError("--workers \(workers) is not in 1...1024")
    }
    _ = try options
  }

  private var options: CompositionOptions {
    get throws {
      var options = CompositionOptions()
      options.seed = seed
      options.side = size
      options.split = split
      guard (64...2048).contains(size) else {
        throw ValidationError("--size \(size) is not in 64...2048")
      }
      let bounds = layers.split(separator: ".").map { Int($0) }
      guard layers.contains("..") || bounds.count == 1, let first = bounds.first ?? nil,
        let last = bounds.last ?? nil, bounds.count <= 2, first >= 2, first <= last, last <= 12
      else { throw ValidationError("--layers '\(layers)' is not n..m with 2 <= n <= m <= 12") }
      options.minimumLayerCount = first
      options.maximumLayerCount = last
      return options
    }
  }

  func run() async throws {
    let pack = try AssetPack(path: assets)
    var synthesis = DatasetSynthesis(
      composer: try SampleComposer(pack: pack, options: options), pack: pack, output: output,
      count: count, toolVersion: Layered.configuration.version)
    synthesis.workerCount = workers ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    synthesis.isRestarting = restart
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let total = count
    let manifest = try await synthesis.run { done in
      display.advance("composing", done, of: total, unit: "sample")
    }
    display.finish()
    let kinds = manifest.categories.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    try StandardOutput.write(
      "\(onOneLine(output)): \(manifest.count) samples: \(kinds.joined(separator: ", "))\n")
  }
}

extension AssetSplit: ExpressibleByArgument {}
