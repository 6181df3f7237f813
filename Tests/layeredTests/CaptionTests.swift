import FileTesting
import Foundation
import ImageCodecs
import Testing

struct CaptionTests {
  @Test func aCaptionIsOneLineAndNeedsNoOtherComponents() throws {
    let place = try Workplace()
    _ = try place.ownModel()
    for name in ["transformer", "vae", "scheduler"] { try place.folder.remove("model/\(name)") }
    let outcome = try place.run([
      "caption", "picture.png", "--model", "model", "--resolution", "64", "--quiet",
    ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.errors.isEmpty)
    #expect(outcome.text.hasSuffix("\n"))
    #expect(outcome.text.unicodeScalars.filter { $0 == "\n" }.count == 1)
    expectRefusal(
      try place.run(place.arguments(model: "model")), 65, naming: "'transformer' is missing")
  }

  @Test func aCaptionIsThePromptOfADecompositionWithoutOne() throws {
    let place = try Workplace()
    let caption = try place.run([
      "caption", "picture.png", "--model", place.model, "--resolution", "64", "--quiet",
    ])
    #expect(caption.code == 0)
    #expect(try place.run(place.arguments("--prompt", " ", "--quiet")).code == 0)
    let file = try JSONSerialization.jsonObject(
      with: Data(try place.folder.bytes(of: "out/layers.json")))
    let prompt = try #require((file as? [String: Any])?["prompt"] as? String)
    #expect(caption.text == prompt + "\n")
  }
}
