import Foundation
import ImageCodecs
import Raster
import Testing

/// Folders of tiny samples.
private struct EvaluationPlace {
  let place: Workplace

  init() throws { place = try Workplace() }

  func write(_ list: String, _ name: String, _ colors: [RGBAPixel], side: Int = 4) throws {
    let folder = place.folder["\(list)/\(name)"]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (index, color) in colors.enumerated() {
      let image = try RasterImage(
        size: PixelSize(width: side, height: side), filledWith: color)
      try Data(image.encoded(as: .png)).write(to: URL(fileURLWithPath: "\(folder)/0\(index).png"))
    }
  }

  func run(_ more: String...) throws -> Program.Outcome {
    try place.run(
      ["evaluate", "layers", "--predictions", "predictions", "--references", "references"] + more)
  }
}

struct EvaluateTests {
  private let red = RGBAPixel(red: 255, green: 0, blue: 0, alpha: 255)
  private let blue = RGBAPixel(red: 0, green: 0, blue: 255, alpha: 255)

  private struct Report: Decodable {
    struct Level: Decodable {
      let merges: Int
      let rgbL1: Double
      let alphaSoftIoU: Double
      let samples: Int
    }
    struct Skipped: Decodable {
      let name: String
      let reason: String
    }
    let levels: [Level]
    let skipped: [Skipped]
    let isPartial: Bool
  }

  @Test func whatCannotBeScoredIsNamedAndTheRestIsScored() throws {
    let run = try EvaluationPlace()
    for list in ["predictions", "references"] {
      try run.write(list, "good", [red, blue])
      try run.write(list, "corrupt", [red, blue])
    }
    try run.write("predictions", "single", [red])
    try run.write("references", "single", [red, blue])
    try run.write("predictions", "small", [red, blue], side: 2)
    try run.write("references", "small", [red, blue])
    try run.write("references", "unpredicted", [red, blue])
    try Data("no picture".utf8).write(
      to: URL(fileURLWithPath: run.place.folder["predictions/corrupt/01.png"]))
    let outcome = try run.run("--json", "scores.json", "--quiet")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let report = try JSONDecoder().decode(
      Report.self, from: Data(run.place.folder.bytes(of: "scores.json")))
    #expect(report.skipped.map(\.name) == ["corrupt", "single", "small", "unpredicted"])
    #expect(report.skipped.map { String($0.reason.prefix(5)) }.count == 4 && report.isPartial)
    #expect(report.levels.map(\.merges) == Array(0...5))
    #expect(report.levels[0].samples == 1 && report.levels[0].rgbL1 == 0)
    for name in ["corrupt", "single", "small", "unpredicted"] {
      #expect(outcome.errors.contains("skipped \(name): "))
    }
    #expect(outcome.errors.contains("the result is partial"))
    #expect(outcome.text.contains("1 samples, partial"))
  }

  @Test func nothingToScoreIsAnError() throws {
    let run = try EvaluationPlace()
    try run.write("predictions", "one", [red])
    try run.write("references", "one", [red])
    let outcome = try run.run()
    #expect(outcome.code == 65 && outcome.errors.contains("no sample could be scored"))
    let missing = try run.place.run(
      ["evaluate", "layers", "--predictions", "none", "--references", "references"])
    expectRefusal(missing, 66, naming: "none")
  }

  @Test func aReportIsOneFileWithPictures() throws {
    let run = try EvaluationPlace()
    for list in ["predictions", "references"] { try run.write(list, "good", [red, blue]) }
    let outcome = try run.run("--report", "report.html")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let page = try run.place.folder.text(of: "report.html")
    #expect(page.contains("Worst: good") && page.contains("data:image/png;base64"))
    expectRefusal(try run.run("--report", "report.html"), 73, naming: "report.html")
  }

  @Test func reconstructionScoresWhatIsThereAndNamesTheRest() throws {
    let run = try EvaluationPlace()
    for list in ["predictions", "references"] {
      try run.write(list, "set", [red, .clear, blue], side: 40)
    }
    try Data("no picture".utf8).write(
      to: URL(fileURLWithPath: run.place.folder["predictions/set/02.png"]))
    let arguments = [
      "evaluate", "reconstruction", "--predictions", "predictions", "--references", "references",
      "--metrics", "none", "--json", "scores.json", "--report", "report.html",
    ]
    let outcome = try run.place.run(arguments)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("skipped set/02: "))
    #expect(outcome.errors.contains("warning: no LPIPS") && outcome.errors.contains("no FID"))
    #expect(outcome.text.contains("2 pictures, partial"))
    #expect(outcome.text.contains("magenta") && outcome.text.contains("RGBA-VAE (Qwen-Image)"))
    struct Scores: Decodable {
      struct Row: Decodable {
        let psnr: Double
        let lpips: Double?
      }
      let mean: Row
      let partial: Bool
    }
    let scores = try JSONDecoder().decode(
      Scores.self, from: Data(run.place.folder.bytes(of: "scores.json")))
    #expect(abs(scores.mean.psnr - 80) < 1e-9 && scores.mean.lpips == nil && scores.partial)
    expectRefusal(try run.place.run(arguments), 73, naming: "scores.json")
  }

  @Test func reconstructionScoresAnAutoencoder() throws {
    let run = try EvaluationPlace()
    try run.write("references", "set", [red, blue], side: 48)
    let outcome = try run.place.run([
      "evaluate", "reconstruction", "--model", run.place.model, "--references", "references",
      "--side", "32", "--metrics", "none", "--lossless", "--json", "-", "--quiet",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("\"set/00\"") && outcome.text.contains("\"lossless\""))
    let both = try run.place.run(["evaluate", "reconstruction", "--references", "references"])
    #expect(both.code == 64 && both.errors.contains("one of --predictions and --model"))
  }

  @Test func elementsOfDesignsBecomeReferences() throws {
    let run = try EvaluationPlace()
    let half = RGBAPixel(red: 0, green: 0, blue: 255, alpha: 128)
    try run.write("designs", "poster", [red, half])
    try run.write("designs/poster", "sources", [red, blue])
    // What half covers the canvas here has no source, and is left out.
    try run.write("designs", "single", [red, half])
    let outcome = try run.place.run(["evaluate", "crello-references", "designs", "-o", "truth"])
    #expect(outcome.code == 0 && outcome.text == "truth: 1 designs\n", "\(outcome.errors)")
    #expect(outcome.errors.contains("skipped single: "))
    let picture = try DecodedImage(contentsOf: run.place.folder["truth/pictures/poster.png"]).image
    #expect(picture[x: 0, y: 0] == RGBAPixel(red: 127, green: 0, blue: 128, alpha: 255))
    #expect(try run.place.folder.bytes(of: "truth/references/poster/01.png").count > 8)
    expectRefusal(
      try run.place.run(["evaluate", "crello-references", "none", "-o", "truth"]), 66,
      naming: "none")
  }

  @Test func recompositionNamesWhatIsOdd() throws {
    let run = try EvaluationPlace()
    try run.write("layers", "of", [red, .clear, red])
    let picture = try RasterImage(size: PixelSize(width: 4, height: 4), filledWith: red)
    try run.place.folder.write(picture.encoded(as: .png), to: "red.png")
    let outcome = try run.place.run(
      ["evaluate", "recomposition", "red.png", "layers/of", "--heat-map", "heat.png"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("give the picture back exactly"))
    #expect(outcome.text.contains("layer 1 empty"))
    #expect(outcome.text.contains("layer 2 the same as another"))
    #expect(outcome.text.contains("layers 0, 2 the whole picture again"))
    let heat = try DecodedImage(contentsOf: run.place.folder["heat.png"]).image
    #expect(heat[x: 0, y: 0] == RGBAPixel(red: 0, green: 0, blue: 0, alpha: 255))
  }

  @Test func recompositionReadsDocuments() throws {
    let run = try EvaluationPlace()
    let made = try run.place.run(run.place.arguments(output: "out.ora"))
    #expect(made.code == 0, "\(made.errors)")
    let outcome = try run.place.run(
      ["evaluate", "recomposition", "picture.png", "out.ora", "--json"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.contains("\"verdict\""))
  }
}
