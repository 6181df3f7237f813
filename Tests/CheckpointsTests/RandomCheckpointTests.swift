import AtomicFiles
import Checkpoints
import Foundation
import Testing
import Tokenizers
import Torch
import TorchTesting
import Weights

/// Of the disk with the temporary folder.
private let freeByteCount: Int =
  (try? FileManager.default.attributesOfFileSystem(forPath: NSTemporaryDirectory())[.systemFreeSize]
    as? Int) ?? .max

@Suite struct RandomCheckpointTests {
  @Test(arguments: [DType.bfloat16, .float32])
  func writtenFolderOpensAsAPipelineWithTheSeededWeights(dtype: DType) throws {
    try withTemporaryFolder { scratch in
      let checkpoint = try RandomCheckpoint(.tiny, seed: 7, dtype: dtype)
      try checkpoint.write(to: scratch + "/model")
      let files = try CheckpointFolder(path: scratch + "/model").openPipeline()
      #expect(files.transformer.unknownKeys == [])
      #expect(files.vae.unknownKeys == [])
      #expect(files.text.network.unknownKeys == [])
      #expect(files.scheduler == .layered)
      #expect(files.text.tokenizer.vocabularyCount == 278)
      #expect(files.text.network.configuration.imageToken == 256 + 12)
      #expect(files.text.generation.endTokens == [256, 258])

      let source = SeededWeights(seed: 7)
      let key = "transformer_blocks.1.attn.to_q.weight"
      let stored = try #require(try files.transformer.weights.tensor(key, shape: [64, 64]))
      let seeded = try #require(try source.tensor(key, shape: [64, 64]))
      #expect(stored.dtype == dtype)
      #expect(
        try stored.values(as: Float.self) == seeded.converted(to: dtype).values(as: Float.self))
      // The text encoder's files have the released model's older keys.
      let entries = files.text.network.weights.shards.entries.map(\.name)
      #expect(entries.contains("visual.blocks.0.attn.qkv.weight"))
      let newer = "model.visual.blocks.0.attn.qkv.weight"
      let vision = try #require(
        try files.text.network.weights.tensor(newer, shape: [192, 64]))
      let seededVision = try #require(try source.tensor(newer, shape: [192, 64]))
      #expect(
        try vision.values(as: Float.self)
          == seededVision.converted(to: dtype).values(as: Float.self))
    }
  }

  @Test func trainingBeginsWithNetworksThatAddNothingYet() throws {
    try withTemporaryFolder { scratch in
      try RandomCheckpoint(.tiny, seed: 7, dtype: .float32, forTraining: true)
        .write(to: scratch + "/model")
      let files = try CheckpointFolder(path: scratch + "/model").openPipeline()
      func sizes(_ weights: CheckpointWeights, _ key: String, _ shape: [Int]) throws -> [Float] {
        let tensor = try #require(try weights.tensor(key, shape: shape))
        return try tensor.magnitude().values(as: Float.self)
      }
      let transformer = files.transformer.weights
      #expect(try sizes(transformer, "proj_out.weight", [64, 64]).allSatisfy { $0 == 0 })
      let modulation = "transformer_blocks.1.img_mod.1.weight"
      #expect(try sizes(transformer, modulation, [384, 64]).allSatisfy { $0 == 0 })
      #expect(
        try sizes(transformer, "transformer_blocks.1.attn.to_q.weight", [64, 64])
          .reduce(0, +) > 100)
      #expect(
        try sizes(transformer, "transformer_blocks.1.attn.norm_q.weight", [32])
          .allSatisfy { $0 == 1 })

      // Of a causal convolution only the tap that a single frame meets.
      let kernel = try #require(
        try files.vae.weights.tensor("encoder.conv_in.weight", shape: [8, 4, 3, 3, 3]))
      let earlier = try kernel.slice(0..<2, along: 2).magnitude().values(as: Float.self)
      let last = try kernel.slice(2..<3, along: 2).magnitude().values(as: Float.self)
      #expect(earlier.allSatisfy { $0 == 0 } && last.reduce(0, +) > 10)
      let branch = "decoder.mid_block.resnets.0.conv2.weight"
      #expect(try sizes(files.vae.weights, branch, [32, 32, 3, 3, 3]).allSatisfy { $0 == 0 })
    }
  }

  @Test(.tags(.golden)) func promptIdsOfAWrittenFolderEqualTheReferences() throws {
    struct Prompt: Decodable {
      let prompt: String
      let ids: [Int]
    }
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Fixtures/byte-level-prompts.json")
    let prompts = try JSONDecoder().decode([Prompt].self, from: Data(contentsOf: fixture))
    #expect(!prompts.isEmpty)
    try withTemporaryFolder { scratch in
      try RandomCheckpoint(.tiny).write(to: scratch + "/model")
      let tokenizer = try CheckpointFolder(path: scratch + "/model").openTextEncoder().tokenizer
      for prompt in prompts {
        #expect(try tokenizer.encode(prompt.prompt) == prompt.ids, "\(prompt.prompt)")
      }
    }
  }

  @Test func folderHasTheFilesOfTheOfficialLayout() throws {
    try withTemporaryFolder { scratch in
      try RandomCheckpoint(.tiny).write(to: scratch + "/model")
      let tokenizer = [
        "added_tokens.json", "chat_template.jinja", "merges.txt", "special_tokens_map.json",
        "tokenizer_config.json", "vocab.json",
      ]
      let processor =
        tokenizer + [
          "preprocessor_config.json", "tokenizer.json", "video_preprocessor_config.json",
        ]
      let expected =
        [
          "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json",
          "text_encoder/generation_config.json", "text_encoder/model.safetensors",
          "transformer/config.json", "transformer/diffusion_pytorch_model.safetensors",
          "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
        ] + tokenizer.map { "tokenizer/" + $0 } + processor.map { "processor/" + $0 }
      #expect(FileManager.default.files(below: scratch + "/model") == expected.sorted())
    }
  }

  @Test func sameSeedWritesTheSameBytesAndAnotherSeedOthers() throws {
    try withTemporaryFolder { scratch in
      func transformer(seed: UInt32, _ name: String) throws -> Data {
        try RandomCheckpoint(.tiny, seed: seed).write(to: "\(scratch)/\(name)")
        return try Data(
          contentsOf: URL(
            fileURLWithPath: "\(scratch)/\(name)/transformer/diffusion_pytorch_model.safetensors"))
      }
      let first = try transformer(seed: 1, "a")
      #expect(try transformer(seed: 1, "b") == first)
      #expect(try transformer(seed: 2, "c") != first)
    }
  }

  @Test func fullPresetWithoutItsVocabularyIsRefusedInOneLineAndLeavesNothing() throws {
    try withTemporaryFolder { scratch in
      let error = #expect(throws: CheckpointError.self) {
        try RandomCheckpoint(.full).write(to: scratch + "/model")
      }
      #expect(error == .vocabularyNeeded(preset: "full"))
      #expect(error.map { !"\($0)".contains("\n") } == true)
      #expect(FileManager.default.files(below: scratch) == [])
    }
  }

  @Test(.enabled(if: freeByteCount < 100_000_000_000, "the disk has room for the full preset"))
  func checkpointThatTheDiskHasNoRoomForIsRefusedAtOnce() throws {
    try withTemporaryFolder { scratch in
      let checkpoint = try RandomCheckpoint(.full, dtype: .float32, vocabulary: .byteLevel())
      #expect(
        throws: OutputError(
          .inputOutput(
            operation: "make room", errno: ENOSPC, bytesNeeded: checkpoint.byteCount),
          at: scratch + "/model")
      ) {
        try checkpoint.write(to: scratch + "/model")
      }
      #expect(FileManager.default.files(below: scratch) == [])
    }
  }

  @Test func existingFolderIsKeptUnlessItMayBeReplaced() throws {
    try withTemporaryFolder { scratch in
      let path = scratch + "/model"
      try RandomCheckpoint(.tiny, seed: 1).write(to: path)
      #expect(throws: OutputError(.alreadyExists, at: path)) {
        try RandomCheckpoint(.tiny, seed: 2).write(to: path)
      }
      // A second shard of another checkpoint must not stay among the new files.
      let stale = path + "/transformer/diffusion_pytorch_model.safetensors.index.json"
      try Data("{}".utf8).write(to: URL(fileURLWithPath: stale))
      try RandomCheckpoint(.tiny, seed: 2, dtype: .float32).write(to: path, replacing: true)
      #expect(!FileManager.default.fileExists(atPath: stale))
      _ = try CheckpointFolder(path: path).openPipeline()
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch) == ["model"])
    }
  }

  @Test func folderOfOtherThingsIsNeverReplaced() throws {
    try withTemporaryFolder { scratch in
      let file = scratch + "/letter.txt"
      try Data("dear".utf8).write(to: URL(fileURLWithPath: file))
      #expect(throws: (any Error).self) {
        try RandomCheckpoint(.tiny).write(to: scratch, replacing: true)
      }
      #expect(FileManager.default.files(below: scratch) == ["letter.txt"])
    }
  }

  @Test func missingParentFolderIsNamed() throws {
    try withTemporaryFolder { scratch in
      let error = #expect(throws: OutputError.self) {
        try RandomCheckpoint(.tiny).write(to: scratch + "/no/model")
      }
      #expect(error?.path == scratch + "/no/model")
    }
  }
}
