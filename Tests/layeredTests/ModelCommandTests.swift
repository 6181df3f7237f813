import FileTesting
import Foundation
import Testing

struct ModelCommandTests {
  @Test func aNewModelIsWholeAndInspected() throws {
    let place = try Workplace()
    let made = try place.run(["model", "init", "--preset", "tiny", "-o", "tiny"])
    #expect(made.code == 0, "\(made.errors)")
    #expect(made.text.hasPrefix("tiny: ") && made.text.hasSuffix(" bytes\n"))
    let outcome = try place.run(["model", "inspect", "tiny", "--json"])
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any])
    #expect((report["components"] as? [Any])?.count == 3)
    #expect((report["problems"] as? [Any])?.isEmpty == true)
    let text = try place.run(["model", "inspect", "tiny"])
    #expect(text.code == 0 && text.text.hasPrefix("tiny\ntext_encoder: "))
  }

  @Test func theSameSeedMakesTheSameModel() throws {
    let place = try Workplace()
    #expect(
      try place.run(["model", "init", "--preset", "tiny", "--seed", "1", "-o", "m"]).code == 0)
    let file = "vae/diffusion_pytorch_model.safetensors"
    let shared = try Data(contentsOf: URL(fileURLWithPath: "\(place.model)/\(file)"))
    #expect(try place.folder.bytes(of: "m/\(file)") == Array(shared))
  }

  @Test func anExistingModelIsReplacedOnlyWhenForced() throws {
    let place = try Workplace()
    _ = try place.ownModel()
    let arguments = ["model", "init", "--preset", "tiny", "--seed", "9", "-o", "model"]
    let before = try place.folder.bytes(of: "model/vae/diffusion_pytorch_model.safetensors")
    expectRefusal(try place.run(arguments), 73, naming: "\"model\" exists already")
    #expect(
      try place.folder.bytes(of: "model/vae/diffusion_pytorch_model.safetensors") == before)
    #expect(try place.run(arguments + ["--force"]).code == 0)
    #expect(
      try place.folder.bytes(of: "model/vae/diffusion_pytorch_model.safetensors") != before)
    #expect(try place.leftovers() == ["model"])
  }

  @Test func aFolderThatIsNoModelIsNotReplacedEvenWhenForced() throws {
    let place = try Workplace()
    try place.folder.write([1], to: "photos/mine.txt")
    let outcome = try place.run(
      ["model", "init", "--preset", "tiny", "-o", "photos", "--force"])
    expectRefusal(outcome, 66, naming: "photos")
    #expect(try place.folder.bytes(of: "photos/mine.txt") == [1])
    #expect(try place.leftovers() == ["photos"])
  }

  @Test func aModelThatDoesNotFitOnTheDiskLeavesNothing() throws {
    let place = try Workplace()
    let outcome = try place.run(
      ["model", "init", "--preset", "tiny", "-o", "tiny"], shell: "ulimit -f 512")
    #expect(outcome.code == 74, "\(outcome.errors)")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func theFullPresetHasTheTensorsOfTheReleasedModel() throws {
    let place = try Workplace()
    let outcome = try place.run(["model", "init", "--preset", "full", "--dry-run"])
    #expect(outcome.code == 0 && outcome.errors.isEmpty)
    for total in [
      "transformer: 1934 tensors", "text_encoder: 729 tensors", "vae: 194 tensors",
    ] { #expect(outcome.text.contains("\n\(total), ")) }
    #expect(try place.leftovers().isEmpty)
  }

  @Test func aModelIsWrittenAgainInAnotherType() throws {
    let place = try Workplace()
    let wide = try place.run(
      ["model", "convert", place.model, "--precision", "float32", "-o", "wide"])
    #expect(wide.code == 0, "\(wide.errors)")
    #expect(try place.folder.text(of: "wide/text_encoder/config.json").contains("\"float32\""))
    let narrow = try place.run(["model", "convert", "wide", "-o", "narrow"])
    #expect(narrow.code == 0, "\(narrow.errors)")
    for file in [
      "text_encoder/model.safetensors", "text_encoder/config.json", "tokenizer/vocab.json",
      "transformer/diffusion_pytorch_model.safetensors", "model_index.json",
    ] {
      let shared = try Data(contentsOf: URL(fileURLWithPath: "\(place.model)/\(file)"))
      #expect(try place.folder.bytes(of: "narrow/\(file)") == Array(shared), "\(file)")
    }
    expectRefusal(
      try place.run(["model", "convert", "wide", "-o", "narrow"]), 73, naming: "narrow")
    expectRefusal(try place.run(["model", "convert", "none", "-o", "new"]), 66, naming: "none")
    #expect(try place.leftovers() == ["narrow", "wide"])
  }

  @Test func aQuantizedModelTakesThePlaceOfItsOriginal() throws {
    let place = try Workplace()
    let made = try place.run(["model", "quantize", place.model, "-o", "small"])
    #expect(made.code == 0, "\(made.errors)")
    let inspected = try place.run(["model", "inspect", "small"])
    #expect(inspected.code == 0, "\(inspected.errors)")
    #expect(inspected.text.contains("I8"))
    let again = try place.run(["model", "quantize", "small", "-o", "again"])
    #expect(again.code == 0, "\(again.errors)")
    let file = "transformer/diffusion_pytorch_model.safetensors"
    #expect(try place.folder.bytes(of: "again/\(file)") == place.folder.bytes(of: "small/\(file)"))
    // Real weights come back without the factors.
    let real = try place.run(["model", "convert", "small", "-o", "real"])
    #expect(real.code == 0, "\(real.errors)")
    let listed = try place.run(["model", "inspect", "real"])
    #expect(listed.code == 0 && !listed.text.contains("I8"), "\(listed.text)")
    #expect(try place.leftovers() == ["again", "real", "small"])
  }

  @Test func weightsOfInt8AreLeftToQuantize() throws {
    let place = try Workplace()
    for command in [["convert", place.model], ["init", "--preset", "tiny"]] {
      let outcome = try place.run(["model"] + command + ["--precision", "int8", "-o", "new"])
      #expect(outcome.code == 64 && outcome.errors.contains("quantize"), "\(outcome.errors)")
      #expect(try place.leftovers().isEmpty)
    }
  }

  @Test func aBrokenModelIsInspectedAsFarAsItGoes() throws {
    let place = try Workplace()
    _ = try place.ownModel()
    try place.folder.remove("model/vae/config.json")
    let outcome = try place.run(["model", "inspect", "model"])
    #expect(outcome.code == 1)
    #expect(outcome.text.contains("transformer: "))
    #expect(outcome.errorLines.count == 1 && outcome.errors.contains("vae/config.json"))
  }

  @Test func aFolderThatIsNotThereCannotBeInspected() throws {
    expectRefusal(
      try Workplace().run(["model", "inspect", "none"]), 66, naming: "none: cannot be opened")
  }
}
