import Testing
import TextEncoder
import Torch
import TorchTesting
import Weights

@Suite struct VisionTowerTests {
  private func tower(_ dtype: DType) throws -> VisionTower {
    let configuration = try Qwen25VLConfiguration(path: fixturePath("vision.json"))
    return try VisionTower(
      configuration.vision, weights: WeightStore(SeededWeights(), dtype: dtype).root)
  }

  /// The patches that the script drew for that grid.
  private func patches(_ grid: PatchGrid) throws -> Tensor {
    let generator = try Generator(seed: UInt64(grid.rows * 100 + grid.columns))
    return try .normal([grid.count, 1176], generator: generator)
  }

  @Test(arguments: [(46, 46), (8, 8), (6, 20), (2, 2)])
  func vectorsMatchTransformers(rows: Int, columns: Int) throws {
    let grid = PatchGrid(rows: rows, columns: columns)
    try expectClose(
      tower(.float32)(patches(grid), grid: grid), Golden("vision")["\(rows)x\(columns)"],
      relative: 1e-5, absolute: 1e-5)
  }

  @Test func vectorsInBFloat16MatchTransformers() throws {
    let grid = PatchGrid(rows: 6, columns: 20)
    let vectors = try tower(.bfloat16)(patches(grid), grid: grid)
    #expect(vectors.dtype == .bfloat16)
    try expectCloseInBFloat16(
      vectors, Golden("vision")["6x20.bfloat16"],
      exact: tower(.float32)(patches(grid), grid: grid), ulps: 4)
  }

  @Test func patchesThatDoNotFillTheGridAreRefused() throws {
    #expect(throws: TorchError.self) {
      try tower(.float32)(.zeros([16, 1176]), grid: PatchGrid(rows: 4, columns: 6))
    }
  }
}
