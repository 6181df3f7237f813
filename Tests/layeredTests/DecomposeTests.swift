import FileTesting
import Foundation
import ImageCodecs
import Raster
import Safetensors
import Testing

struct DecomposeTests {
  private struct LayersFile: Decodable {
    struct Size: Decodable, Equatable { let width, height: Int }
    struct Box: Decodable { let x, y, width, height: Int }
    struct Layer: Decodable {
      let index: Int
      let file, name: String
      let boundingBox: Box
      let opacity: Double
      let blendMode: String
      let visible: Bool
    }
    struct Figures: Decodable {
      let psnr: Double?
      let maximumError: Int
    }
    let canvas: Size
    let layers: [Layer]
    let source, model, prompt: String
    let seed: UInt64
    let steps: Int
    let recomposition: Figures
  }

  private func layersFile(_ place: Workplace, _ name: String = "out") throws -> LayersFile {
    try JSONDecoder().decode(
      LayersFile.self, from: Data(try place.folder.bytes(of: "\(name)/layers.json")))
  }

  @Test func aFolderHoldsTheLayersTheirCompositeAndTheirDescription() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments())
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      try ScratchFolder.names(in: place.folder["out"]) == [
        "composite.png", "layer-00.png", "layer-01.png", "layers.json",
      ])
    #expect(try place.leftovers() == ["out"])
    #expect(outcome.text.hasPrefix("out: 2 layers, 64 x 64, recomposed with "))
    #expect(outcome.text.split(separator: "\n").count == 1)
  }

  @Test func theContactSheetHasARowForEveryPicture() throws {
    let place = try Workplace()
    try place.folder.write(try place.folder.bytes(of: "picture.png"), to: "second.png")
    let outcome = try place.run(
      place.arguments("--contact-sheet", "sheet.png", of: ["picture.png", "second.png"]))
    #expect(outcome.code == 0, "\(outcome.errors)")
    let sheet = try DecodedImage(contentsOf: place.folder["sheet.png"]).image
    // The picture, the composite and two layers of 256 pixels, between margins of 8.
    #expect(sheet.size == PixelSize(width: 4 * 264 + 8, height: 2 * 264 + 8))
    let refused = try place.run(
      place.arguments("--contact-sheet", "sheet.png", output: "other"))
    #expect(refused.code == 73)
    #expect(try place.leftovers().contains("other") == false)
  }

  @Test func theDescriptionHasTheKeysThatScriptsReadAndNoOthers() throws {
    let place = try Workplace()
    #expect(try place.run(place.arguments()).code == 0)
    let bytes = Data(try place.folder.bytes(of: "out/layers.json"))
    let object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    func keys(_ value: Any?) -> Set<String> { Set((value as? [String: Any] ?? [:]).keys) }
    #expect(
      keys(object) == [
        "canvas", "layers", "source", "model", "prompt", "seed", "steps", "recomposition",
      ])
    let layers = try #require(object["layers"] as? [[String: Any]])
    for layer in layers {
      #expect(
        keys(layer) == [
          "index", "file", "name", "boundingBox", "opacity", "blendMode", "visible",
        ])
      #expect(keys(layer["boundingBox"]) == ["x", "y", "width", "height"])
    }
    #expect(keys(object["canvas"]) == ["width", "height"])
    #expect(keys(object["recomposition"]) == ["psnr", "maximumError"])
    let file = try layersFile(place)
    #expect(file.layers.map(\.index) == [0, 1])
    #expect(file.layers.map(\.file) == ["layer-00.png", "layer-01.png"])
    #expect(file.layers.map(\.blendMode) == ["normal", "normal"])
    #expect(file.layers.allSatisfy { $0.visible && $0.opacity == 1 })
    #expect(file.source == "picture.png" && file.model == place.model)
    #expect(file.seed == 777 && file.steps == 1 && file.prompt == "a picture")
    #expect(file.canvas == LayersFile.Size(width: 64, height: 64))
  }

  @Test func theCompositeIsTheLayersOverOneAnother() throws {
    let place = try Workplace()
    #expect(try place.run(place.arguments()).code == 0)
    let file = try layersFile(place)
    let layers = try file.layers.map { layer in
      let image = try DecodedImage(contentsOf: place.folder["out/\(layer.file)"]).image
      let box = image.boundingBox
      #expect(layer.boundingBox.width == box?.width ?? 0)
      #expect(layer.boundingBox.height == box?.height ?? 0)
      return image
    }
    let stack = try LayerStack(canvas: PixelSize(width: 64, height: 64), layers: layers)
    let composite = try DecodedImage(contentsOf: place.folder["out/composite.png"]).image
    #expect(composite == stack.composite())
  }

  @Test func picturesOfOneNameGetNumberedFolders() throws {
    let place = try Workplace()
    let bytes = try place.folder.bytes(of: "picture.png")
    try place.folder.write(bytes, to: "other/picture.png")
    try place.folder.write(bytes, to: "third.png")
    let outcome = try place.run(
      place.arguments(of: ["picture.png", "other/picture.png", "third.png"]))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(
      try ScratchFolder.names(in: place.folder["out"]) == ["picture", "picture-2", "third"])
    #expect(try layersFile(place, "out/picture-2").source == "other/picture.png")
    #expect(
      outcome.text.split(separator: "\n").map { $0.prefix { $0 != ":" } } == [
        "out/picture", "out/picture-2", "out/third",
      ])
  }

  @Test func theSameNoiseGivesTheSameLatents() throws {
    let place = try Workplace()
    let values: [Float] = (0..<3072).map { place in Float(place % 61) / 30 - 1 }
    let writer = try SafetensorsWriter(
      path: place.folder["noise"],
      [TensorDeclaration(name: "noise", dtype: .float32, shape: [1, 3, 16, 8, 8])])
    try values.withUnsafeBytes { try writer.write($0, of: "noise") }
    try writer.commit()
    for (seed, name) in [("1", "first"), ("2", "second")] {
      let outcome = try place.run(
        place.arguments(
          "--noise", "noise", "--dump", name, "--seed", seed, "--precision", "float32",
          output: "out-\(name)"))
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    let first = try SafetensorsFile(path: place.folder["first"])
    let second = try SafetensorsFile(path: place.folder["second"])
    #expect(first.entries.allSatisfy { $0.dtype == .float32 })
    #expect(
      Set(first.entries.map(\.name)) == [
        "prompt_embeds", "condition_latents", "final_latents", "sigmas",
      ])
    #expect(first.entry(named: "condition_latents")?.shape == [1, 16, 64])
    #expect(first.entry(named: "final_latents")?.shape == [1, 48, 64])
    #expect(first.entry(named: "sigmas")?.shape == [2])
    for name in ["final_latents", "prompt_embeds", "condition_latents", "sigmas"] {
      #expect(try Array(first.bytes(of: name).bytes) == Array(second.bytes(of: name).bytes))
    }
  }

  @Test func theSeedAloneDecidesTheResult() throws {
    let place = try Workplace()
    for (name, seed) in [("a", "5"), ("b", "5"), ("c", "6")] {
      #expect(try place.run(place.arguments("--seed", seed, output: name)).code == 0)
    }
    let layers = try ["a", "b", "c"].map { try place.folder.bytes(of: "\($0)/layer-00.png") }
    #expect(layers[0] == layers[1])
    #expect(layers[0] != layers[2])
  }

  @Test func theLargestSeedIsTaken() throws {
    let place = try Workplace()
    let outcome = try place.run(place.arguments("--seed", "18446744073709551615"))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try layersFile(place).seed == .max)
  }

  @Test(arguments: [(1, 1), (1, 5), (5, 1), (3, 3)])
  func smallPicturesAreTakenApart(width: Int, height: Int) throws {
    let place = try Workplace()
    try place.folder.write(
      Workplace.picture(width: width, height: height).encoded(as: .png), to: "small.png")
    let outcome = try place.run(place.arguments(of: ["small.png"]))
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func aPictureWithAnotherEndingIsReadByItsContent() throws {
    let place = try Workplace()
    try place.folder.write(
      Workplace.picture(width: 40, height: 40).encoded(as: .jpeg(quality: 90)), to: "jpeg.png")
    #expect(try place.run(place.arguments(of: ["jpeg.png"])).code == 0)
  }

  @Test func coloursUnderTransparencyAreRead() throws {
    let place = try Workplace()
    var pixels = try Workplace.picture(width: 40, height: 40).pixels
    for place in stride(from: 3, to: pixels.count, by: 4) { pixels[place] = 0 }
    let image = try RasterImage(size: PixelSize(width: 40, height: 40), pixels: pixels)
    try place.folder.write(image.encoded(as: .png), to: "clear.png")
    let outcome = try place.run(place.arguments(of: ["clear.png"]))
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test(arguments: ["a \"b\" 'c'.png", "line\nbreak.png", "<script>&.png", "\u{1B}[31m.png"])
  func namesOfAllKindsAreTakenAndEscaped(name: String) throws {
    let place = try Workplace()
    try place.folder.write(try place.folder.bytes(of: "picture.png"), to: name)
    try place.folder.write(try place.folder.bytes(of: "picture.png"), to: "b/" + name)
    let outcome = try place.run(place.arguments(of: [name, "b/" + name]))
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.text.split(separator: "\n").count == 2)
    #expect(!outcome.text.contains("\u{1B}") && !outcome.errors.contains("\u{1B}"))
    let stem = String(name.dropLast(4))
    #expect(try layersFile(place, "out/\(stem)").source == name)
  }

  @Test func aNameThatBeginsWithADashFollowsTwoDashes() throws {
    let place = try Workplace()
    try place.folder.write(try place.folder.bytes(of: "picture.png"), to: "-a.png")
    let outcome = try place.run(place.arguments("--", "-a.png", of: []))
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func bytesThatAreNoTextInAPromptAreReplaced() throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments(), shell: #"set -- "$@" --prompt $'a\xffb'"#)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(try layersFile(place).prompt == "a\u{FFFD}b")
  }

  @Test func aLongPromptIsCutWithAWarning() throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet"),
      shell: #"set -- "$@" --prompt "$(head -c 100000 /dev/zero | tr '\0' a)""#)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.hasPrefix("warning: the prompt has more than 512 tokens: its last "))
    #expect(outcome.errorLines.count == 1)
  }

  @Test func aPromptBeyondTheTokenLimitIsRefused() throws {
    let place = try Workplace()
    let outcome = try place.run(
      place.arguments("--quiet"),
      shell: #"set -- "$@" --prompt "$(head -c 131050 /dev/zero | tr '\0' a)""#)
    expectRefusal(outcome, 65, naming: "131072")
    #expect(try place.leftovers().isEmpty)
  }

  @Test func forceReplacesALargerResult() throws {
    let place = try Workplace()
    #expect(try place.run(place.arguments("--layers", "4")).code == 0)
    #expect(try place.run(place.arguments("--force")).code == 0)
    #expect(
      try ScratchFolder.names(in: place.folder["out"]) == [
        "composite.png", "layer-00.png", "layer-01.png", "layers.json",
      ])
    #expect(try layersFile(place).layers.count == 2)
  }
}
