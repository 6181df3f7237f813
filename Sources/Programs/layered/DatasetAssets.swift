import ArgumentParser
import AssetDrawing
import Assets
import AtomicFiles
import OneLine

/// `layered dataset assets`: makes the pack that samples are composed of.
struct DatasetAssets: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "assets", abstract: "Make a pack of assets to compose samples of.",
    discussion: """
      Draws clip art, emoji and words and shrinks photographs that make assets fetched, all in the public domain or \
      under the SIL Open Font License. Needs librsvg, Pango and Cairo; the pack itself needs nothing.
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("The pack.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("The folder that make assets filled.", valueName: "dir"))
  var sources = ".deps/assets"

  @Option(name: .customLong("limit-mb"), help: "The most megabytes of the pack.")
  var limit = 40

  @Flag(help: "Replaces a pack that exists.") var force = false

  func validate() throws {
    guard (1...1000).contains(limit) else {
      throw ValidationError("--limit-mb \(limit) is not in 1...1000")
    }
  }

  func run() throws {
    var build = try AssetBuild(sources: sources, byteLimit: limit * 1_000_000)
    let bytes = try build.file { event in
      if case .done(let kind, let count, let total) = event {
        StandardError.write("\(kind.rawValue): \(count), \(ByteCount(total)) so far\n")
      }
    }
    try AtomicFile.write(bytes, to: output, overwriting: force)
    let pack = try AssetPack(bytes, named: output)
    var lines = ["\(onOneLine(output)): \(pack.assets.count) assets, \(ByteCount(bytes.count))"]
    for (place, source) in pack.sources.enumerated() {
      let count = pack.assets.count { $0.source == place }
      lines.append("  \(count) of \(source.package) (\(source.licence))")
    }
    for split in AssetSplit.allCases {
      lines.append("  \(pack.assets.count { $0.split == split }) for \(split.rawValue)")
    }
    try StandardOutput.write(lines.joined(separator: "\n") + "\n")
  }
}
