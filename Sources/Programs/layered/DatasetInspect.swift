import ArgumentParser
import AtomicFiles
import Datasets
import FoundationEssentials
import ImageCodecs
import Reports
import Shards

/// `layered dataset inspect`: says what the shards of a dataset hold.
struct DatasetInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what the shards of a dataset hold.",
    discussion: """
      Reads every sample and compares every byte of the shards with the digests of the index. The contact sheet shows \
      the first samples: the composite, then the layers from the back.
      """)

  @Argument(help: "The folder with index.json and the shards.", completion: .directory)
  var shards: String

  @Option(help: ArgumentHelp("A PNG file with the first samples.", valueName: "file"))
  var contactSheet: String?

  @Option(help: "How many samples the contact sheet shows.") var count = 40

  @Flag(help: "Report in JSON.") var json = false

  @Flag(help: "Replaces what exists at the contact sheet's name.") var force = false

  func validate() throws {
    guard (1...400).contains(count) else {
      throw ValidationError("--count \(count) is not in 1...400")
    }
  }

  func run() throws {
    let reader = try ShardReader(folder: shards)
    try reader.verify()
    let figures = try DatasetFigures(of: reader)
    if let contactSheet {
      let shown = try (0..<min(count, reader.sampleCount)).map { place throws(ShardError) in
        try reader.sample(at: place)
      }
      try AtomicFile.write(
        PictureSheet.layers(of: shown).encoded(as: .opaquePNG), to: contactSheet,
        overwriting: force)
    }
    guard json else {
      try StandardOutput.write(figures.lines.map { $0 + "\n" }.joined())
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try StandardOutput.write(
      String(decoding: try encoder.encode(figures), as: UTF8.self) + "\n")
  }
}
