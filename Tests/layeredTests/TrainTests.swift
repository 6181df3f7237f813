import FileTesting
import Foundation
import ImageCodecs
import LearningTesting
import Testing

/// A dataset of small pictures and the settings of a run on the tiny model.
private struct TrainingPlace {
  let place: Workplace

  init(_ settings: String) throws {
    place = try Workplace()
    try Compositions.write(5, to: place.folder["samples"])
    try place.folder.write(
      Array(
        """
        model: \(place.model)
        data: samples
        resolution: 64
        precision: float32
        batch: {tokens: 400, per-step: 2}
        learning-rate: {peak: 1e-3}
        average: {rate: 0.9}

        """.utf8) + Array(settings.utf8), to: "run.yaml")
  }

  func arguments(_ output: String) -> [String] {
    ["train", "stage3", "--config", "run.yaml", "-o", output]
  }

  /// The losses of all steps, from `metrics.jsonl`.
  func losses(of output: String) throws -> [Double] {
    struct Line: Decodable { let loss: Double }
    return try place.folder.text(of: output + "/metrics.jsonl").split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8)).loss
    }
  }

  /// The files of the newest checkpoint that hold weights, moments and means, by name.
  func checkpoint(of output: String) throws -> [String: Data] {
    let folder = place.folder[output + "/checkpoints"]
    let newest = folder + "/" + (try ScratchFolder.names(in: folder).last ?? "")
    return try ["training/optimizer.safetensors", "training/state.json"].reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: URL(fileURLWithPath: newest + "/" + $1))
    }
  }
}

struct TrainTests {
  @Test func aRunThatWasKilledGoesOnToTheSameBits() throws {
    let run = try TrainingPlace("steps: 40\ncheckpoints: {every: 20}")
    let straight = try run.place.run(run.arguments("straight"))
    #expect(straight.code == 0, "\(straight.errors)")
    let killed = try run.place.program.start(run.arguments("killed"), in: run.place.folder.path)
    #expect(killed.waits { killed.errorsSoFar.contains("step 23 of 40") })
    killed.send(SIGKILL)
    #expect(try killed.wait().signal == SIGKILL)
    let again = try run.place.run(run.arguments("killed"))
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.errors.contains("goes on from killed/checkpoints/step-00000020"))
    #expect(try run.checkpoint(of: "killed") == run.checkpoint(of: "straight"))
  }

  @Test(
    .enabled("needs mpirun of Debian's openmpi-bin") { access("/usr/bin/mpirun", X_OK) == 0 },
    arguments: [false, true])
  func twoProcessesLearnWhatOneDoes(dividing: Bool) throws {
    let run = try TrainingPlace(
      "steps: 20\ncheckpoints: {every: 20}\noptimizer: {divided: \(dividing)}")
    let alone = try run.place.run(run.arguments("alone"))
    #expect(alone.code == 0, "\(alone.errors)")
    let together = try run.place.program(
      run.arguments("together"), in: run.place.folder.path,
      launcher: "mpirun --allow-run-as-root --oversubscribe -n 2")
    #expect(together.code == 0, "\(together.errors)")
    let (one, two) = (try run.losses(of: "alone"), try run.losses(of: "together"))
    #expect(one.count == 20 && two.count == 20)
    for (a, b) in zip(one, two) { #expect(abs(a - b) < 1e-5) }
    let sizes = try ["alone", "together"].map { try run.checkpoint(of: $0).mapValues(\.count) }
    #expect(
      sizes[0]["training/optimizer.safetensors"] == sizes[1]["training/optimizer.safetensors"])
  }

  @Test func aTerminatedRunSaysThatItCanGoOn() throws {
    let run = try TrainingPlace("steps: 100000\ncheckpoints: {every: 100000}")
    let stopped = try run.place.program.start(run.arguments("out"), in: run.place.folder.path)
    #expect(stopped.waits { stopped.errorsSoFar.contains("step 3 of") })
    stopped.send(SIGTERM)
    let outcome = try stopped.wait()
    #expect(outcome.code == 75)
    #expect(outcome.errors.hasSuffix("the same command goes on\n"))
    #expect(try !run.checkpoint(of: "out").isEmpty)
  }

  @Test func aSettingThatIsWrongIsNamedWithItsLine() throws {
    let run = try TrainingPlace("stepz: 3")
    try expectRefusal(run.place.run(run.arguments("out")), 65, naming: "run.yaml:8", "'stepz'")
    let missing = try run.place.run(
      ["train", "stage1", "--config", "none.yaml", "-o", "out"])
    expectRefusal(missing, 66, naming: "none.yaml")
  }

  @Test func aDatasetThatIsNotThereEndsTheRunBeforeTheFirstStep() throws {
    let run = try TrainingPlace("steps: 3")
    try run.place.folder.remove("samples/shard-000000.tar")
    let outcome = try run.place.run(run.arguments("out"))
    #expect(outcome.code != 0 && outcome.errors.contains("shard-000000.tar"))
    #expect(try !run.place.folder.names.contains("out"))
  }
}

struct TrainVAETests {
  @Test func itsCheckpointIsAModelThatTakesPicturesApart() throws {
    let place = try Workplace()
    try Compositions.write(3, to: place.folder["samples"])
    try place.folder.write(
      Array(
        """
        model: \(place.model)
        data: samples
        steps: 2
        pictures: {side: 64}
        batch: {pictures: 2}
        latents: {statistics: measure}
        samples: {every: 2, count: 2}
        """.utf8), to: "vae.yaml")
    let outcome = try place.run(["train", "vae", "--config", "vae.yaml", "-o", "run"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try DecodedImage(contentsOf: place.folder["run/samples/step-2.png"]).image.isOpaque)
    let inspected = try place.run(["model", "inspect", "run/checkpoints/step-00000002"])
    #expect(inspected.code == 0, "\(inspected.errors)")
  }

  @Test func settingsOfAnotherTrainingAreRefused() throws {
    let place = try Workplace()
    try place.folder.write(
      Array("model: \(place.model)\ndata: samples\ncaption-dropout: 0".utf8), to: "vae.yaml")
    try expectRefusal(
      place.run(["train", "vae", "--config", "vae.yaml", "-o", "run"]), 65, naming: "vae.yaml:3",
      "'caption-dropout'")
  }
}

struct GenerateTests {
  private func arguments(_ place: Workplace, _ more: String...) -> [String] {
    ["generate", "two squares", "--model", place.model, "--resolution", "64", "--steps", "1"] + more
  }

  @Test func aTextGivesLayers() throws {
    let place = try Workplace()
    let outcome = try place.run(arguments(place, "-o", "out", "--layers", "3", "--aspect", "2:1"))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text == "out: 3 layers, 96 x 32\n")
    #expect(
      try ScratchFolder.names(in: place.folder["out"]).filter { $0.hasPrefix("layer-") }
        == ["layer-00.png", "layer-01.png", "layer-02.png"])
  }

  @Test func noLayersGiveOnePicture() throws {
    let place = try Workplace()
    let outcome = try place.run(arguments(place, "-o", "out.png", "--layers", "0"))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try DecodedImage(contentsOf: place.folder["out.png"]).image.size.width == 64)
    let refused = try place.run(arguments(place, "-o", "out", "--layers", "0"))
    #expect(refused.code == 64 && refused.errors.contains("a name that ends in .png"))
  }
}
