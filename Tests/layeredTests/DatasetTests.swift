import Compositing
import DocumentModel
import FileTesting
import Foundation
import ImageCodecs
import PSD
import Raster
import Shards
import Testing

/// `layered dataset`: builds that are the same whatever happens, and what the other commands say of them.
struct DatasetTests {
  private let folder: ScratchFolder
  private let program: Program

  init() throws {
    folder = try ScratchFolder()
    program = try Program()
  }

  private func run(_ arguments: String..., shell: String = "true") throws -> Program.Outcome {
    try program(["dataset"] + arguments, in: folder.path, shell: shell)
  }

  /// A document of a background and some squares; the number decides the colours.
  private func write(
    _ name: String, _ number: Int, side: Int = 48, layerCount: Int = 4, mode: BlendMode = .normal
  ) throws {
    let nodes = try (0..<layerCount).map { index in
      let width = index == 0 ? side : side / 2
      let color = RGBAPixel(
        red: UInt8(truncatingIfNeeded: number * 37), green: UInt8(truncatingIfNeeded: index * 60),
        blue: 128, alpha: index == 0 ? 255 : 200)
      return LayerNode.layer(
        Layer(
          attributes: LayerAttributes(
            name: "layer \(index)", blendMode: index == 0 ? .normal : mode),
          pixels: try RasterImage(
            size: PixelSize(width: width, height: width), filledWith: color),
          origin: PixelPoint(x: Int32(index * 3), y: Int32(index * 5))))
    }
    let document = try LayeredDocument(
      canvas: PixelSize(width: side, height: side), nodes: nodes)
    var bytes: [UInt8] = []
    try document.writePhotoshop { bytes += $0 }
    try folder.write(bytes, to: name)
  }

  /// Ten documents, two of which are the same, and a file that is none.
  private func writeSources() throws {
    for number in 0..<9 { try write("psd/sub\(number % 3)/\(number).psd", number) }
    try folder.write(folder.bytes(of: "psd/sub0/0.psd"), to: "psd/zz copy.psd")
    try folder.write(Array("no document".utf8), to: "psd/broken.psd")
  }

  private func expectSame(_ one: String, _ two: String, files: Int = 4) throws {
    let names = try ScratchFolder.names(in: folder[one])
    #expect(names == (try ScratchFolder.names(in: folder[two])))
    #expect(names.count == files)
    for name in names {
      #expect(
        try folder.bytes(of: "\(one)/\(name)") == folder.bytes(of: "\(two)/\(name)"), "\(name)")
    }
  }

  @Test func oneJobAndManyGiveTheSameBytes() throws {
    try writeSources()
    let one = try run("build", "psd", "-o", "one", "--jobs", "1", "--quiet")
    #expect(one.code == 0, "\(one.errors)")
    #expect(one.text.hasPrefix("one: 9 samples of 11 files\n"))
    #expect(one.text.contains("1 files left out: unreadable"))
    #expect(one.text.contains("1 files left out: duplicate-file"))
    let four = try run("build", "psd/", "-o", "four", "--jobs", "4", "--quiet")
    #expect(four.code == 0, "\(four.errors)")
    try expectSame("one", "four")
    let reader = try ShardReader(folder: folder["one"])
    #expect(reader.sampleCount == 9)
    for place in 0..<9 {
      let sample = try reader.sample(at: place)
      let error = try sample.layers.recomposition(of: sample.composite).maximumError
      #expect(error <= 2)
    }
  }

  @Test func killedBuildsGoOnAndGiveTheSameBytes() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "whole", "--quiet").code == 0)
    for delay in [5, 30, 60, 100] as [useconds_t] {
      let build = try program.start(
        ["dataset", "build", "psd", "-o", "killed", "--jobs", "2", "--quiet"], in: folder.path)
      usleep(delay * 1000)
      build.send(SIGKILL)
      _ = try build.wait()
    }
    let last = try run("build", "psd", "-o", "killed", "--quiet")
    #expect(last.code == 0, "\(last.errors)")
    try expectSame("whole", "killed")
  }

  @Test func aFinishedBuildDoneAgainTellsWhatChangedAndKeepsTheRest() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "out", "--quiet").code == 0)
    try write("psd/sub0/0.psd", 77)
    try write("psd/sub1/new.psd", 78)
    try folder.remove("psd/sub2/2.psd")
    let again = try run("build", "psd", "-o", "out")
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.errors.contains("changed since the last build: psd/sub0/0.psd\n"))
    #expect(again.errors.contains("added since the last build: psd/sub1/new.psd\n"))
    #expect(again.errors.contains("removed since the last build: psd/sub2/2.psd\n"))
    #expect(try run("build", "psd", "-o", "anew", "--quiet").code == 0)
    try expectSame("out", "anew")
  }

  @Test func anotherConfigurationIsRefusedUnlessRestarted() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "out", "--quiet").code == 0)
    try folder.write(Array(#"{"maximumLayerCount": 2}"#.utf8), to: "c.json")
    expectRefusal(
      try run("build", "psd", "-o", "out", "--config", "c.json"), 73,
      naming: "another configuration", "--restart")
    let restarted = try run(
      "build", "psd", "-o", "out", "--config", "c.json", "--restart", "--quiet")
    #expect(restarted.code == 0, "\(restarted.errors)")
    #expect(try ShardReader(folder: folder["out"]).sample(at: 0).layers.layers.count == 2)
  }

  @Test func partsMergeToWhatOneMachineMakes() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "whole", "--quiet").code == 0)
    for part in 1...3 {
      let built = try run("build", "psd", "-o", "part\(part)", "--shard", "\(part)/3", "--quiet")
      #expect(built.code == 0, "\(built.errors)")
    }
    expectRefusal(
      try run("merge", "part1", "part3", "-o", "merged"), 65, naming: "part 2 of 3 is there 0 times"
    )
    let merged = try run("merge", "part3", "part1", "part2", "-o", "merged")
    #expect(merged.code == 0, "\(merged.errors)")
    try expectSame("whole", "merged")
  }

  @Test func partsOfOtherConfigurationsAreNotMerged() throws {
    try writeSources()
    try folder.write(Array(#"{"maximumLayerCount": 2}"#.utf8), to: "c.json")
    #expect(try run("build", "psd", "-o", "a", "--shard", "1/2", "--quiet").code == 0)
    #expect(
      try run("build", "psd", "-o", "b", "--shard", "2/2", "--config", "c.json", "--quiet").code
        == 0)
    expectRefusal(try run("merge", "a", "b", "-o", "out"), 65, naming: "another configuration")
  }

  @Test func aFileThatTakesTooMuchMemoryIsQuarantinedAlone() throws {
    try write("psd/good.psd", 1)
    // A file of some hundred kilobytes whose layers take gigabytes.
    try write("psd/hungry.psd", 2, side: 7000, layerCount: 3, mode: .multiply)
    try folder.write(
      Array(#"{"limits": {"mebibytes": 1100, "seconds": 50}}"#.utf8), to: "c.json")
    let outcome = try run("build", "psd", "-o", "out", "--config", "c.json", "--quiet")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("1 samples of 2 files"))
    let manifest = try folder.text(of: "out/manifest.json")
    #expect(manifest.contains("\"outcome\" : \"quarantined\""))
    #expect(manifest.contains("\"reason\" : \"crashed\""))
  }

  @Test func aFileThatTakesTooLongIsQuarantinedAlone() throws {
    try write("psd/good.psd", 1)
    try write("psd/slow.psd", 2, side: 6000, layerCount: 12, mode: .softLight)
    try folder.write(Array(#"{"limits": {"seconds": 1, "mebibytes": 65536}}"#.utf8), to: "c.json")
    let outcome = try run("build", "psd", "-o", "out", "--config", "c.json", "--quiet")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("files left out: deadline"))
  }

  @Test func aSecondBuildOnOneOutputIsRefused() throws {
    try write("psd/slow.psd", 2, side: 3000, layerCount: 8, mode: .softLight)
    let first = try program.start(
      ["dataset", "build", "psd", "-o", "out", "--quiet"], in: folder.path)
    let isWorking = try first.waits {
      try ScratchFolder.names(in: folder.path).contains("out")
        && ScratchFolder.names(in: folder["out"]).contains(".work")
        && ScratchFolder.names(in: folder["out/.work"]).contains("configuration.json")
    }
    #expect(isWorking)
    expectRefusal(
      try run("build", "psd", "-o", "out"), 73, naming: "another process works on this dataset")
    first.send(SIGKILL)
    _ = try first.wait()
  }

  @Test func aBuildWithoutRoomGoesOnOnceThereIsSome() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "whole", "--quiet").code == 0)
    // Files of at most 1024 bytes: no sample fits, as on a full disk.
    expectRefusal(
      try run("build", "psd", "-o", "out", "--quiet", shell: "ulimit -f 1"), 74,
      naming: "could not write its result")
    #expect(try run("build", "psd", "-o", "out", "--quiet").code == 0)
    try expectSame("whole", "out")
  }

  @Test func picturesOfAnExcludedDatasetAreLeftOut() throws {
    try writeSources()
    try write("test/one.psd", 4)
    #expect(try run("build", "test", "-o", "evaluation", "--quiet").code == 0)
    let outcome = try run("build", "psd", "-o", "out", "--exclude", "evaluation", "--quiet")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("1 files left out: excluded"))
    #expect(outcome.text.hasPrefix("out: 8 samples"))
  }

  @Test func inspectShowsFiguresAndAContactSheet() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "out", "--quiet").code == 0)
    let lines = try run("inspect", "out", "--contact-sheet", "sheet.png")
    #expect(lines.code == 0, "\(lines.errors)")
    #expect(lines.text.contains("samples     9\n"))
    let sheet = try DecodedImage(contentsOf: folder["sheet.png"]).image
    #expect(sheet.size.height == 9 * 136 + 8)
    let json = try run("inspect", "out", "--json")
    let figures = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
    #expect(figures?["samples"] as? Int == 9)
    #expect((figures?["captionAuthors"] as? [String: Int]) == ["template": 9])
  }

  @Test func inspectNamesADamagedShard() throws {
    try writeSources()
    #expect(try run("build", "psd", "-o", "out", "--quiet").code == 0)
    var bytes = try folder.bytes(of: "out/shard-000000.tar")
    bytes[3000] ^= 1
    try folder.write(bytes, to: "out/shard-000000.tar")
    expectRefusal(try run("inspect", "out"), 65, naming: "shard-000000.tar", "checksum")
    expectRefusal(try run("inspect", "nowhere"), 66, naming: "nowhere/index.json: no such file")
  }

  @Test func aModelWritesTheCaptionsOrTheManifestSaysThatItFailed() throws {
    let place = try Workplace()
    try write("psd/one.psd", 1)
    let outcome = try run("build", "psd", "-o", "out", "--model", place.model, "--quiet")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let caption = try ShardReader(folder: folder["out"]).sample(at: 0).description.caption
    let manifest = try folder.text(of: "out/manifest.json")
    #expect(manifest.contains("\"captioner\" : \"Qwen2.5-VL\""))
    #expect(caption.author == "Qwen2.5-VL" || manifest.contains("caption failed: "))
    #expect(!caption.text.isEmpty)
  }

  @Test(arguments: [
    ["build", "nowhere", "-o", "out"], ["build", "psd", "-o", "out", "--shard", "3/2"],
    ["build", "psd", "-o", "out", "--jobs", "0"], ["build", "psd", "-o", "out", "--size", "7"],
    ["build", "psd", "-o", "out", "--config", "nowhere.json"],
  ])
  func wrongUsageIsRefusedAndLeavesNothing(arguments: [String]) throws {
    try write("psd/one.psd", 1)
    let outcome = try program(["dataset"] + arguments, in: folder.path)
    #expect(outcome.code == 64 || outcome.code == 66, "\(outcome.errors)")
    #expect(try folder.names == ["psd"])
  }
}
