import AtomicFiles
import FileTesting
import Safetensors
import Testing

struct ShardedSafetensorsWriterTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
  }

  /// Byte tensors named by letters, of these lengths.
  private func declarations(_ lengths: [Int]) -> [TensorDeclaration] {
    zip("abcdefgh", lengths).map {
      TensorDeclaration(name: String($0), dtype: .uint8, shape: [$1])
    }
  }

  private func write(_ lengths: [Int], limit: Int, stem: String = "model") throws {
    let output = try AtomicFolder(at: folder["out"])
    let writer = try ShardedSafetensorsWriter(
      stem: stem, in: output, declarations(lengths), maximumShardByteCount: limit)
    for (number, declaration) in declarations(lengths).enumerated() {
      let bytes = [UInt8](repeating: UInt8(number), count: lengths[number])
      try bytes.withUnsafeBytes { try writer.write($0, of: declaration.name) }
    }
    try writer.commit()
    try output.commit()
  }

  @Test func whatFitsIsOneFileWithoutIndex() throws {
    try write([3, 4], limit: 7)
    #expect(try ScratchFolder.names(in: folder["out"]) == ["model.safetensors"])
  }

  @Test func filesAreFilledToTheLimit() throws {
    try write([3, 4, 0, 1, 9, 2, 0], limit: 7)
    let shards = (1...4).map { "model-0000\($0)-of-00004.safetensors" }
    #expect(
      try ScratchFolder.names(in: folder["out"]) == shards + ["model.safetensors.index.json"])
    let weights = try ShardedSafetensors(path: folder["out"])
    #expect(
      weights.files.map { Set($0.entries.map(\.name)) } == [
        ["a", "b", "c"], ["d"], ["e"], ["f", "g"],
      ])
    for (number, name) in "abcdefg".enumerated() {
      #expect(try weights.bytes(of: String(name)).copied().allSatisfy { $0 == UInt8(number) })
    }
    #expect(weights.metadata == ["format": "pt"])
  }

  @Test func indexIsThatOfTheOfficialWriters() throws {
    try write([1, 2], limit: 2, stem: "transformer/diffusion_pytorch_model")
    #expect(
      try folder.text(of: "out/transformer/diffusion_pytorch_model.safetensors.index.json") == """
        {
          "metadata": {
            "total_size": 3
          },
          "weight_map": {
            "a": "diffusion_pytorch_model-00001-of-00002.safetensors",
            "b": "diffusion_pytorch_model-00002-of-00002.safetensors"
          }
        }

        """)
    #expect(try ShardedSafetensors(path: folder["out/transformer"]).entries.count == 2)
  }

  @Test func nameTwiceInDifferentShardsIsRefused() throws {
    let output = try AtomicFolder(at: folder["out"])
    let twice = declarations([5]) + declarations([5])
    #expect(throws: SafetensorsError.self) {
      try ShardedSafetensorsWriter(stem: "model", in: output, twice, maximumShardByteCount: 5)
    }
    output.discard()
    #expect(try folder.names == [])
  }
}
