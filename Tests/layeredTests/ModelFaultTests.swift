import FileTesting
import Foundation
import Safetensors
import Testing

/// Model folders that are not what they should be.
struct ModelFaultTests {
  /// The arguments of both commands that run networks.
  private static func commands(_ model: String) -> [[String]] {
    [
      ["decompose", "picture.png", "-o", "out", "--model", model, "--quiet"],
      ["caption", "picture.png", "--model", model, "--quiet"],
    ]
  }

  private static let shard = "diffusion_pytorch_model.safetensors"

  @Test(arguments: ["none", "picture.png", "empty", "dangling", "loop", ""])
  func aFolderThatCannotBeOpenedIsNamedWithTheReason(name: String) throws {
    let place = try Workplace()
    mkdir(place.folder["empty"], 0o700)
    symlink("nowhere", place.folder["dangling"])
    symlink("loop", place.folder["loop"])
    for arguments in Self.commands(name) {
      expectRefusal(try place.run(arguments), 66, naming: name)
    }
    #expect(try place.leftovers(besides: "empty", "dangling", "loop").isEmpty)
  }

  @Test(.enabled(if: getuid() != 0, "root may read everything"))
  func aFolderThatMayNotBeReadIsNamed() throws {
    let place = try Workplace()
    mkdir(place.folder["closed"], 0)
    for arguments in Self.commands("closed") {
      expectRefusal(try place.run(arguments), 66, naming: "closed", "Permission denied")
    }
  }

  @Test func aPickleIsRefusedByName() throws {
    let place = try Workplace()
    try place.folder.write([0x80, 2], to: "model.ckpt")
    for arguments in Self.commands("model.ckpt") {
      expectRefusal(try place.run(arguments), 65, naming: "pickle", "execute code")
    }
  }

  @Test(arguments: [
    ("model_index.json", Int32(66)), ("transformer/config.json", 66),
    ("tokenizer/vocab.json", 66), ("scheduler/scheduler_config.json", 66),
    ("vae/diffusion_pytorch_model.safetensors", 66),
  ])
  func aMissingFileOfAModelIsNamed(file: String, code: Int32) throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.folder.remove("model/\(file)")
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, code, naming: "model/\(file.prefix { $0 != "/" })")
    #expect(try place.leftovers(besides: "model").isEmpty)
  }

  @Test(arguments: [
    ("", "empty"), ("{", "is not JSON"), ("[]", "is not an object"),
    (#"{"num_layers": "two"}"#, "is"), (#"{"num_layers": 1e30}"#, "number"),
  ])
  func aBrokenConfigurationIsNamed(text: String, reason: String) throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.folder.write(Array(text.utf8), to: "model/transformer/config.json")
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, 65, naming: "transformer/config.json", reason)
    #expect(try place.leftovers(besides: "model").isEmpty)
  }

  @Test(arguments: [
    ("num_layers", -1), ("num_layers", 1_000_000_000), ("num_attention_heads", 0),
    ("attention_head_dim", 2_000_000_000),
  ])
  func aSizeThatNoModelCanHaveIsRefusedBeforeItIsAllocated(key: String, value: Int) throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.edit("model/transformer/config.json") { $0[key] = value }
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, 65, naming: "transformer/config.json", "'\(key)'")
  }

  @Test func keysThatNobodyKnowsAndCodeAreNotRead() throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.edit("model/transformer/config.json") {
      $0["auto_map"] = ["AutoModel": "http://localhost:1/code.py"]
      $0["surprise"] = ["a": 1]
    }
    try place.folder.write(Array("raise SystemExit".utf8), to: "model/transformer/modeling.py")
    let outcome = try place.run(place.arguments(model: model))
    #expect(outcome.code == 0, "\(outcome.errors)")
  }

  @Test func weightsThatDoNotFitAreCounted() throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.edit("model/transformer/config.json") { $0["num_layers"] = 3 }
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, 65, naming: "does not fit the model", "missing", "transformer_blocks.2")
    #expect(try place.leftovers(besides: "model").isEmpty)
  }

  @Test func anInterruptedDownloadIsRecognised() throws {
    let place = try Workplace()
    let model = try place.ownModel()
    let bytes = try place.folder.bytes(of: "model/transformer/\(Self.shard)").dropLast()
    try place.folder.write(bytes, to: "model/transformer/\(Self.shard)")
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, 65, naming: Self.shard, "truncated", "1 fewer")
  }

  @Test(arguments: [
    ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS pointer"),
    ("<!DOCTYPE html><html></html>", "web page"), ("PK\u{3}\u{4}archive", "pickle"),
  ])
  func anotherFileInPlaceOfTheWeightsIsRecognised(text: String, kind: String) throws {
    let place = try Workplace()
    let model = try place.ownModel()
    try place.folder.write(Array(text.utf8), to: "model/vae/\(Self.shard)")
    let outcome = try place.run(place.arguments(model: model))
    expectRefusal(outcome, 65, naming: "vae/\(Self.shard)", kind)
  }

  @Test func aWeightThatIsNotANumberIsNamed() throws {
    let place = try Workplace()
    let model = try place.ownModel()
    let path = "model/transformer/\(Self.shard)"
    let key = "transformer_blocks.1.attn.to_q.weight"
    var bytes = try place.folder.bytes(of: path)
    do {
      let file = try SafetensorsFile(path: place.folder[path])
      let tensor = try file.bytes(of: key).copied()
      // The bfloat16 of the first element becomes a NaN; tensors of random numbers have no other place in the file.
      let offset = try #require(bytes.firstRange(of: tensor)).lowerBound
      bytes.replaceSubrange(offset..<offset + 2, with: [0xC0, 0x7F])
    }
    try place.folder.write(bytes, to: path)
    let outcome = try place.run(place.arguments("--quiet", model: model))
    expectRefusal(outcome, 65, naming: "not finite after step 1", "'\(key)'")
    #expect(try place.leftovers(besides: "model").isEmpty)
  }
}

extension Workplace {
  /// Changes values of a JSON file.
  fileprivate func edit(_ name: String, _ change: (inout [String: Any]) -> Void) throws {
    let bytes = Data(try folder.bytes(of: name))
    var object = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    change(&object)
    try folder.write(JSONSerialization.data(withJSONObject: object), to: name)
  }
}
