import Checkpoints
import Foundation
import Testing

/// Model folders with files that are missing, cut off or of another kind.
@Suite struct BrokenFilesTests {
  private let transformer = "transformer/diffusion_pytorch_model.safetensors"

  // MARK: Weights

  @Test func shardsOpenAsOneComponent() throws {
    try TinyModel.with(maximumShardByteCount: 200_000) { model in
      #expect(model.complaint() == "")
      let inspection = try CheckpointInspection(path: model.path)
      let files = inspection.components.first { $0.name == "transformer" }?.fileCount ?? 0
      #expect(files > 2)
    }
  }

  /// The name of a shard of the transformer that is not the first.
  private func laterShard(_ model: TinyModel) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: model.path + "/transformer")
    return "transformer/" + (try #require(names.first { $0.contains("-00002-of-") }))
  }

  @Test func missingShardIsNamed() throws {
    try TinyModel.with(maximumShardByteCount: 200_000) { model in
      let shard = try laterShard(model)
      try model.remove(shard)
      #expect(
        model.complaint()
          == "\"MODEL/\(transformer).index.json\": the shard \"\(shard.dropFirst("transformer/".count))\" of the index is missing"
      )
    }
  }

  @Test func shardThatLacksItsLastByteIsAnInterruptedDownload() throws {
    try TinyModel.with(maximumShardByteCount: 200_000) { model in
      let shard = try laterShard(model)
      let bytes = try Data(contentsOf: model.url(shard))
      try bytes.dropLast().write(to: model.url(shard))
      #expect(
        model.complaint()
          == "\"MODEL/\(shard)\": truncated: the file has \(bytes.count - 1) bytes, 1 fewer than its header declares (an interrupted download?)"
      )
    }
  }

  @Test func pointerOfGitLFSInPlaceOfAShardIsNamed() throws {
    try TinyModel.with(maximumShardByteCount: 200_000) { model in
      let shard = try laterShard(model)
      try model.write(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4999999\n", to: shard)
      #expect(
        model.complaint()
          == "\"MODEL/\(shard)\": this is a Git LFS pointer: the real file was not downloaded")
    }
  }

  @Test func componentOfPickleFilesIsRefused() throws {
    try TinyModel.with { model in
      try model.remove(transformer)
      try model.write("\u{80}\u{2}", to: "transformer/diffusion_pytorch_model.bin")
      #expect(
        model.complaint()
          == "\"MODEL/transformer\": the folder holds no .safetensors file, only \"diffusion_pytorch_model.bin\": pickle files can execute code and are never read"
      )
    }
  }

  @Test func pickleUnderTheNameOfWeightsIsRefused() throws {
    try TinyModel.with { model in
      try Data([0x80, 2, 0x63, 0x6F, 0x73, 0x0A, 0x73, 0x79, 0x73, 0x0A])
        .write(to: model.url(transformer))
      #expect(
        model.complaint()
          == "\"MODEL/\(transformer)\": this is a pickle or a PyTorch archive: pickle files can execute code and are never read"
      )
    }
  }

  // MARK: Configurations

  @Test(arguments: [
    ("", "is empty"),
    ("{", "is not JSON"),
    ("[]", "is not an object"),
    ("{\"num_layers\": \"two\"}", "'num_layers': is not a whole number"),
    ("{\"num_layers\": null}", "'num_layers': is null"),
    ("{\"num_layers\": 1e999}", "holds a number that is too large or not whole"),
  ])
  func configurationThatIsNotOneIsNamed(text: String, reason: String) throws {
    try TinyModel.with { model in
      try model.write(text, to: "transformer/config.json")
      let complaint = model.complaint()
      #expect(complaint == "MODEL/transformer/config.json: \(reason)")
    }
  }

  @Test func configurationThatIsMissingIsNamed() throws {
    try TinyModel.with { model in
      try model.remove("vae/config.json")
      #expect(
        model.complaint()
          == "MODEL/vae/config.json: cannot be opened: No such file or directory")
    }
  }

  /// File, key, value, and the reason to refuse it.
  @Test(arguments: [
    ("transformer", "num_layers", 0, "0 is not in 1...1024"),
    ("transformer", "num_layers", -1, "-1 is not in 1...1024"),
    ("transformer", "num_layers", 1_000_000_000, "1000000000 is not in 1...1024"),
    ("transformer", "num_attention_heads", 0, "0 is not in 1...1024"),
    ("transformer", "attention_head_dim", Int.max, "\(Int.max) is not in 2...4096"),
    ("transformer", "joint_attention_dim", 1 << 40, "\(1 << 40) is not in 1...1048576"),
    ("vae", "base_dim", 0, "0 is not in 1...2048"),
    ("vae", "z_dim", 1 << 40, "\(1 << 40) is not in 1...1024"),
    ("text_encoder", "hidden_size", 0, "0 is not in 1...65536"),
    ("text_encoder", "num_attention_heads", 0, "0 is not in 1...1024"),
    ("text_encoder", "num_hidden_layers", 1_000_000_000, "1000000000 is not in 1...1024"),
    ("text_encoder", "vocab_size", Int.max, "\(Int.max) is not in 1...16777216"),
  ])
  func sizeThatNoModelHasIsRefusedBeforeAnythingIsLaidOut(
    component: String, key: String, value: Int, reason: String
  ) throws {
    try TinyModel.with { model in
      try model.edit("\(component)/config.json", [key: value])
      #expect(model.complaint() == "MODEL/\(component)/config.json: '\(key)': \(reason)")
    }
  }

  @Test func widthsThatContradictEachOtherAreNamed() throws {
    try TinyModel.with { model in
      try model.edit("transformer/config.json", ["axes_dims_rope": [8, 12, 10]])
      #expect(
        model.complaint()
          == "MODEL/transformer/config.json: 'axes_dims_rope': [8, 12, 10] is not three even widths that add up to attention_head_dim 32"
      )
      try model.edit("transformer/config.json", ["axes_dims_rope": [8, 12, 12]])
      try model.edit("text_encoder/config.json", ["num_attention_heads": 3])
      #expect(
        model.complaint()
          == "MODEL/text_encoder/config.json: 'num_attention_heads': 3 heads of an even width do not fill hidden_size 64"
      )
    }
  }

  @Test func settingOfASiblingModelIsNamed() throws {
    try TinyModel.with { model in
      try model.edit("transformer/config.json", ["zero_cond_t": true])
      #expect(
        model.complaint()
          == "MODEL/transformer/config.json: 'zero_cond_t': is true, which is not a setting of Qwen-Image-Layered"
      )
    }
  }

  @Test(arguments: [
    ("time_shift_type", "cubic" as any Sendable, "'cubic' is not 'linear' or 'exponential'"),
    ("shift", -1.0, "-1.0 is not positive"), ("shift", 1e39, "1e+39 is larger than 1000000"),
    ("num_train_timesteps", 0, "0 is not in 1...1000000"),
    ("use_karras_sigmas", true, "is true, a kind of schedule that is not supported"),
  ])
  func scheduleThatIsNotSupportedIsNamed(key: String, value: any Sendable, reason: String) throws {
    try TinyModel.with { model in
      try model.edit("scheduler/scheduler_config.json", [key: value])
      #expect(model.complaint() == "MODEL/scheduler/scheduler_config.json: '\(key)': \(reason)")
    }
  }

  // MARK: The folder

  @Test func missingComponentIsNamed() throws {
    try TinyModel.with { model in
      try model.remove("scheduler")
      #expect(model.complaint() == "MODEL: the component 'scheduler' is missing")
    }
  }

  @Test func pathThatIsNoFolderGivesTheReason() throws {
    try withTemporaryFolder { scratch in
      func complaint(_ name: String) -> CheckpointError? {
        #expect(throws: CheckpointError.self) { try CheckpointFolder(path: "\(scratch)/\(name)") }
      }
      let files = FileManager.default
      #expect(
        complaint("absent")
          == .cannotOpen(path: scratch + "/absent", reason: "No such file or directory"))
      for name in ["model.txt", "model.ckpt"] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: "\(scratch)/\(name)"))
      }
      #expect(complaint("model.txt") == .notAFolder(path: scratch + "/model.txt"))
      #expect(complaint("model.ckpt") == .pickle(path: scratch + "/model.ckpt"))
      try files.createDirectory(atPath: scratch + "/empty", withIntermediateDirectories: false)
      #expect(complaint("empty") == .emptyFolder(path: scratch + "/empty"))
      try files.createSymbolicLink(
        atPath: scratch + "/broken", withDestinationPath: scratch + "/gone")
      #expect(
        complaint("broken")
          == .cannotOpen(path: scratch + "/broken", reason: "No such file or directory"))
      try files.createSymbolicLink(
        atPath: scratch + "/loop", withDestinationPath: scratch + "/loop")
      #expect(
        complaint("loop")
          == .cannotOpen(path: scratch + "/loop", reason: "Too many levels of symbolic links"))
    }
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may read any folder"))
  func unreadableFolderGivesTheReason() throws {
    try TinyModel.with { model in
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: model.path)
      defer {
        try? FileManager.default.setAttributes(
          [.posixPermissions: 0o700], ofItemAtPath: model.path)
      }
      #expect(model.complaint() == "MODEL: cannot be opened: Permission denied")
    }
  }

  @Test func everyErrorIsOneLineEvenForPathsWithLineBreaks() throws {
    let path = "/no\nsuch\u{1B}[31m folder"
    let error = #expect(throws: CheckpointError.self) { try CheckpointFolder(path: path) }
    #expect(error.map { !"\($0)".contains("\n") && !"\($0)".contains("\u{1B}") } == true)
  }
}
