import Assets
import FileTesting
import Foundation
import LearningTesting
import Shards
import Testing

/// `layered dataset synthesize` and `layered dataset assets`, started as users start them.
struct SynthesisTests {
  private let folder: ScratchFolder
  private let program: Program

  init() throws {
    folder = try ScratchFolder()
    program = try Program()
    try folder.write(DrawnPack.file(), to: "drawn.pack")
  }

  private func synthesize(
    _ output: String, _ more: String..., pack: String = "drawn.pack"
  ) throws -> Program.Outcome {
    try program(
      [
        "dataset", "synthesize", "--assets", pack, "--count", "24", "--seed", "5", "--size", "64",
        "-o", output,
      ] + more, in: folder.path)
  }

  @Test func composesTheSameDatasetWithOneWorkerAndWithThree() throws {
    let one = try synthesize("one", "--workers", "1", "--quiet")
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.text.hasPrefix("one: 24 samples: "))
    #expect(one.errors.isEmpty)
    #expect(try synthesize("three", "--workers", "3").code == 0)
    let names = try ScratchFolder.names(in: folder["one"])
    #expect(names.sorted() == ["index.json", "manifest.json", "report.html", "shard-000000.tar"])
    for name in names {
      #expect(try folder.bytes(of: "one/\(name)") == folder.bytes(of: "three/\(name)"), "\(name)")
    }
    let reader = try ShardReader(folder: folder["one"])
    try reader.verify()
    for place in 0..<24 {
      let sample = try reader.sample(at: place)
      #expect(sample.layers.composite() == sample.composite)
    }
  }

  @Test func aKilledCompositionGoesOnToTheSameBytes() throws {
    #expect(try synthesize("whole", "--quiet").code == 0)
    let run = try program.start(
      [
        "dataset", "synthesize", "--assets", "drawn.pack", "--count", "24", "--seed", "5",
        "--size", "64", "-o", "killed", "--quiet",
      ], in: folder.path)
    usleep(60_000)
    run.send(SIGKILL)
    _ = try run.wait()
    let last = try synthesize("killed", "--quiet")
    #expect(last.code == 0, "\(last.errors)")
    #expect(
      try folder.bytes(of: "whole/shard-000000.tar") == folder.bytes(of: "killed/shard-000000.tar"))
  }

  @Test func anotherSeedGivesOtherSamplesAndIsNotMixedIn() throws {
    #expect(try synthesize("out", "--quiet").code == 0)
    expectRefusal(
      try synthesize("out", "--seed", "6", "--quiet"), 73, naming: "another configuration")
    let before = try folder.bytes(of: "out/shard-000000.tar")
    #expect(try synthesize("out", "--seed", "6", "--quiet", "--restart").code == 0)
    #expect(try folder.bytes(of: "out/shard-000000.tar") != before)
  }

  @Test(arguments: [["--layers", "1..4"], ["--size", "3"], ["--workers", "0"]])
  func wrongOptionsAreRefused(options: [String]) throws {
    let outcome = try program(
      ["dataset", "synthesize", "--assets", "drawn.pack", "--count", "2", "-o", "out"] + options,
      in: folder.path)
    #expect(outcome.code == 64, "\(outcome.errors)")
    #expect(try folder.names == ["drawn.pack"])
  }

  @Test func aMissingAndABrokenPackAreNamed() throws {
    expectRefusal(
      try synthesize("out", "--quiet", pack: "nowhere.pack"), 66, naming: "nowhere.pack")
    try folder.write(Array("no pack at all, by any means".utf8), to: "broken.pack")
    expectRefusal(try synthesize("out", "--quiet", pack: "broken.pack"), 65, naming: "broken.pack")
  }

  @Test func assetsNeedTheirSources() throws {
    let outcome = try program(
      ["dataset", "assets", "--sources", "nowhere", "-o", "out.pack"], in: folder.path)
    expectRefusal(outcome, 66, naming: "nowhere")
    #expect(try folder.names == ["drawn.pack"])
  }

  /// What `make assets` fetches, where somebody has run it; a folder with a part of it makes a small pack in seconds.
  private static let sources: String? = {
    let folders = sequence(first: URL(fileURLWithPath: #filePath)) {
      $0.deletingLastPathComponent()
    }
    .prefix(4).map { $0.appendingPathComponent(".deps/assets").path }
    return folders.first { FileManager.default.fileExists(atPath: $0) }
  }()

  private static let hasLibraries: Bool = ["librsvg-2.so.2", "libpangocairo-1.0.so.0"].allSatisfy {
    (library: String) in dlopen(library, RTLD_LAZY) != nil
  }

  @Test(
    .enabled(if: sources != nil, "make assets was not run"),
    .enabled(if: hasLibraries, "librsvg or Pango is not installed"))
  func assetsMakeAPackThatSamplesAreComposedOf() throws {
    let sources = try #require(Self.sources)
    let files = FileManager.default
    // Something of each kind; all of it takes a minute.
    try files.createDirectory(atPath: folder["sources"], withIntermediateDirectories: true)
    for name in ["fonts-lato", "fonts-noto-color-emoji", "scikit-image"] {
      try files.copyItem(atPath: "\(sources)/\(name)", toPath: folder["sources/\(name)"])
    }
    let art = "openclipart-svg/usr/share/openclipart/svg"
    try files.createDirectory(
      atPath: folder["sources/\(art)"], withIntermediateDirectories: true)
    try files.copyItem(
      atPath: "\(sources)/\(art)/food", toPath: folder["sources/\(art)/food"])
    let outcome = try program(
      ["dataset", "assets", "--sources", "sources", "-o", "real.pack"], in: folder.path)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.hasPrefix("real.pack: "))
    let pack = try AssetPack(path: folder["real.pack"])
    try pack.verify()
    for kind in [AssetKind.photo, .word, .emoji, .object] {
      #expect(pack.assets.contains { $0.kind == kind }, "\(kind)")
    }
    let composed = try synthesize("out", "--quiet", pack: "real.pack")
    #expect(composed.code == 0, "\(composed.errors)")
    #expect(try ShardReader(folder: folder["out"]).sampleCount == 24)
  }
}
