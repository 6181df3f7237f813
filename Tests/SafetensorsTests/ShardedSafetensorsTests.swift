import FileTesting
import Foundation
import Glibc
import Safetensors
import StrictJSON
import Testing

/// Folders of weights: which files are taken, and what an index may say.
struct ShardedSafetensorsTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
  }

  /// A file with one byte tensor.
  private func file(_ tensor: String) -> [UInt8] {
    ExampleFile(#"{"\#(tensor)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: [7]).bytes
  }

  private func writeIndex(
    _ map: [String: String], to name: String = "model.safetensors.index.json"
  ) throws {
    let entries = map.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
    try folder.write("{\"metadata\":{\"total_size\":2},\"weight_map\":{\(entries)}}".utf8, to: name)
  }

  private func refusal(of name: String? = nil) -> SafetensorsError.Reason? {
    do throws(SafetensorsError) {
      _ = try ShardedSafetensors(path: name.map { folder[$0] } ?? folder.path)
      return nil
    } catch {
      return error.reason
    }
  }

  // MARK: Which files

  @Test(arguments: [
    "model.safetensors", "diffusion_pytorch_model.safetensors", "model.fp16.safetensors",
    "anything.safetensors",
  ])
  func singleFileIsFound(name: String) throws {
    try folder.write(file("a"), to: name)
    try folder.write("{}".utf8, to: "config.json")
    try folder.write("{}".utf8, to: ".hidden.safetensors")
    for path in [folder.path, folder.path + "/", folder[name]] {
      #expect(try ShardedSafetensors(path: path).entries.map(\.name) == ["a"])
    }
  }

  @Test(arguments: [
    "model.safetensors.index.json", "diffusion_pytorch_model.safetensors.index.bf16.json",
    "model.fp16.safetensors.index.json",
  ])
  func indexIsFoundAndItsShardsAreOne(index: String) throws {
    try folder.write(file("a"), to: "model-00001-of-00002.safetensors")
    try folder.write(file("b"), to: "model-00002-of-00002.safetensors")
    try writeIndex(
      ["a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"],
      to: index)
    for path in [folder.path, folder[index]] {
      let weights = try ShardedSafetensors(path: path)
      #expect(weights.entries.map(\.name) == ["a", "b"])
      #expect(try weights.bytes(of: "b").copied() == [7])
      #expect(weights.entry(named: "c") == nil)
      #expect(throws: SafetensorsError(.noSuchTensor("c"), in: path)) {
        try weights.bytes(of: "c")
      }
      try weights.verifyUnchanged()
    }
  }

  @Test func officialNameCountsBeforeAVariant() throws {
    try folder.write(file("a"), to: "model.fp16.safetensors")
    try folder.write(file("b"), to: "model.safetensors")
    #expect(try ShardedSafetensors(path: folder.path).entries.map(\.name) == ["b"])
  }

  @Test func severalVariantsAreAmbiguous() throws {
    try folder.write(file("a"), to: "model.bf16.safetensors")
    try folder.write(file("a"), to: "model.fp16.safetensors")
    #expect(refusal() == .ambiguousWeights(["model.bf16.safetensors", "model.fp16.safetensors"]))
  }

  @Test func folderWithoutWeightsSaysWhatItHolds() throws {
    #expect(refusal() == .noWeights)
    try folder.write([0x80, 2], to: "pytorch_model.bin")
    #expect(refusal() == .onlyPickles("pytorch_model.bin"))
    try folder.write(file("a"), to: "model-00001-of-00002.safetensors")
    #expect(refusal() == .missingIndex(shard: "model-00001-of-00002.safetensors"))
  }

  @Test func missingFolderBrokenLinkAndLoopSayWhy() throws {
    symlink("nowhere", folder["broken"])
    symlink("loop", folder["loop"])
    #expect(refusal(of: "none") == .systemCallFailed("stat", errno: ENOENT))
    #expect(refusal(of: "broken") == .systemCallFailed("stat", errno: ENOENT))
    #expect(refusal(of: "loop") == .systemCallFailed("stat", errno: ELOOP))
  }

  // MARK: What the index says

  @Test func missingShardIsNamed() throws {
    try folder.write(file("a"), to: "1.safetensors")
    try writeIndex(["a": "1.safetensors", "b": "2.safetensors"])
    #expect(refusal() == .missingShard("2.safetensors"))
  }

  @Test(arguments: [
    "../x.safetensors", "/x.safetensors", "sub/x.safetensors", "..", "", ".safetensors", "x.bin",
    "x\\u0000.safetensors",
  ])
  func shardNameThatIsNoPlainNameIsRefused(name: String) throws {
    try writeIndex(["a": name])
    let resolved = name.replacingOccurrences(of: "\\u0000", with: "\0")
    #expect(refusal() == .unsafeShardName(resolved, tensor: "a"))
  }

  @Test func tensorInAnotherShardThanTheIndexSaysIsRefused() throws {
    try folder.write(file("a"), to: "1.safetensors")
    try folder.write(file("b"), to: "2.safetensors")
    try writeIndex(["a": "2.safetensors", "b": "1.safetensors"])
    #expect(
      refusal()
        == .tensorInWrongShard("a", expected: "2.safetensors", found: "1.safetensors"))
  }

  @Test func tensorThatNoShardHasIsNamed() throws {
    try folder.write(file("a"), to: "1.safetensors")
    try writeIndex(["a": "1.safetensors", "b": "1.safetensors"])
    #expect(refusal() == .tensorMissingInShard("b", shard: "1.safetensors"))
  }

  @Test func tensorThatTheIndexDoesNotNameIsKept() throws {
    try folder.write(file("a"), to: "1.safetensors")
    try folder.write(file("extra"), to: "2.safetensors")
    let extra = ExampleFile(
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""extra":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: [7, 8])
    try folder.write(extra.bytes, to: "2.safetensors")
    try writeIndex(["a": "1.safetensors", "b": "2.safetensors"])
    let weights = try ShardedSafetensors(path: folder.path)
    #expect(weights.entries.map(\.name) == ["a", "b", "extra"])
    #expect(try weights.bytes(of: "extra").copied() == [8])
  }

  @Test func tensorInTwoShardsIsRefused() throws {
    let both = ExampleFile(
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
        + #""x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: [7, 8])
    try folder.write(file("x"), to: "1.safetensors")
    try folder.write(both.bytes, to: "2.safetensors")
    try writeIndex(["b": "2.safetensors"])
    #expect(refusal() == nil)
    try writeIndex(["b": "2.safetensors", "x": "1.safetensors"])
    #expect(
      refusal() == .tensorInWrongShard("x", expected: "1.safetensors", found: "2.safetensors"))
  }

  @Test func malformedIndexIsRefused() throws {
    let index = "model.safetensors.index.json"
    for (text, reason) in [
      ("", SafetensorsError.Reason.emptyFile), ("{}", .missingWeightMap),
      ("{", .malformedIndex(JSONError(.unexpectedEnd, at: 1))),
      ("[]", .malformedIndex(JSONError(.unexpected(expected: .object), at: 0))),
      (
        #"{"weight_map":{"a":1}}"#, .malformedIndex(JSONError(.unexpected(expected: .text), at: 19))
      ),
      (
        #"{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}"#,
        .malformedIndex(JSONError(.repeatedKey("a"), at: 35))
      ),
      ("<!DOCTYPE html>", .webPage),
      ("version https://git-lfs.github.com/spec/v1\n", .gitLFSPointer),
    ] {
      try folder.write(text.utf8, to: index)
      #expect(refusal() == reason)
      #expect(refusal(of: index) == reason)
    }
  }

  // MARK: Links

  @Test func linkOutOfTheFolderIsRefused() throws {
    let target = try folder.write(file("a"), to: "elsewhere/real.safetensors")
    try folder.write([], to: "model/config.json")
    symlink(target, folder["model/model.safetensors"])
    #expect(refusal(of: "model") == .linkLeavesFolder("model.safetensors", target: target))
    // Its own path is the user's own choice.
    #expect(refusal(of: "model/model.safetensors") == nil)
    unlink(folder["model/model.safetensors"])
    symlink(target, folder["model/1.safetensors"])
    try writeIndex(["a": "1.safetensors"], to: "model/model.safetensors.index.json")
    for path in ["model", "model/model.safetensors.index.json"] {
      #expect(refusal(of: path) == .linkLeavesFolder("1.safetensors", target: target))
    }
  }

  @Test func linkInsideTheFolderIsFollowed() throws {
    try folder.write(file("a"), to: "files/real.safetensors")
    symlink("files/real.safetensors", folder["model.safetensors"])
    #expect(refusal() == nil)
  }

  @Test func linksOfTheHuggingFaceCacheAreFollowed() throws {
    try folder.write(file("a"), to: "models--x--y/blobs/0123")
    try folder.write([], to: "models--x--y/snapshots/4567/vae/config.json")
    let link = folder["models--x--y/snapshots/4567/vae/model.safetensors"]
    symlink("../../../blobs/0123", link)
    #expect(refusal(of: "models--x--y/snapshots/4567/vae") == nil)
    try folder.write(file("a"), to: "models--other/blobs/0123")
    unlink(link)
    symlink("../../../../models--other/blobs/0123", link)
    #expect(
      refusal(of: "models--x--y/snapshots/4567/vae")
        == .linkLeavesFolder("model.safetensors", target: folder["models--other/blobs/0123"]))
  }
}
