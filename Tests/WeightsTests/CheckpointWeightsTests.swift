import FileTesting
import Safetensors
import Testing
import Torch
import Weights

/// What of a checkpoint's files stays in memory.
@Suite struct CheckpointWeightsTests {
  private static let shape = [4096, 4096]
  private static let byteCount = 4096 * 4096 * 2

  private let folder: ScratchFolder
  private let path: String
  private let weights: CheckpointWeights

  init() throws {
    folder = try ScratchFolder()
    path = folder["model.safetensors"]
    let writer = try SafetensorsWriter(
      path: path, [TensorDeclaration(name: "x", dtype: .bfloat16, shape: Self.shape)])
    let ones = try Tensor.ones(Self.shape).converted(to: .bfloat16)
    try ones.withUnsafeBytes { try writer.write($0, of: "x") }
    try writer.commit()
    weights = try CheckpointWeights(path: path)
  }

  private var residentByteCount: Int {
    ResidentMemory.byteCount(ofMapped: path)
  }

  @Test func aConvertedTensorLeavesNothingOfItsFileInMemory() throws {
    let store = WeightStore(weights, dtype: .float32)
    let x = try store.root.tensor("x", shape: Self.shape)
    #expect(residentByteCount < Self.byteCount / 8)
    #expect(try x.sum().values(as: Float.self) == [4096 * 4096])
    #expect(residentByteCount < Self.byteCount / 8)
  }

  @Test func aTensorUsedAsItIsStoredStaysInMemory() throws {
    let store = WeightStore(weights)
    let x = try store.root.tensor("x", shape: Self.shape)
    let stored = try #require(try weights.tensor("x", shape: Self.shape))
    #expect(try x.converted(to: .float32).sum().values(as: Float.self) == [4096 * 4096])
    #expect(residentByteCount > Self.byteCount * 7 / 8)
    #expect(!x.sharesMemory(with: try .ones(Self.shape)))
    #expect(x.sharesMemory(with: try x.select(1, along: 0)))
    weights.discard("x")
    #expect(residentByteCount < Self.byteCount / 8)
    #expect(try stored.converted(to: .float32).sum().values(as: Float.self) == [4096 * 4096])
  }
}
