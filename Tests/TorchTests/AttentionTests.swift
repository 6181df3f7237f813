import Testing
import Torch

@Suite struct AttentionTests {
  private func numbers(_ shape: [Int], seed: UInt64) throws -> Tensor {
    try Tensor.normal(shape, generator: Generator(seed: seed)).converted(to: .bfloat16)
  }

  /// By separate operators, in float32 throughout.
  private func expected(_ query: Tensor, _ key: Tensor, _ value: Tensor) throws -> Tensor {
    let wide = try [query, key, value].map { x throws(TorchError) in try x.converted(to: .float32) }
    let scale = 1 / Double(query.shape[3]).squareRoot()
    let scores = try wide[0].matrixMultiplied(by: wide[1].swappingAxes(2, 3)) * scale
    return try scores.softmax(along: -1).matrixMultiplied(by: wide[2])
  }

  @Test(arguments: [
    [2, 2, 512, 512, 128], [1, 2, 577, 1027, 80], [1, 1, 600, 513, 33], [1, 1, 515, 512, 192],
    [1, 3, 40, 40, 16], [1, 1, 1, 1, 16],
  ])
  func bfloat16AttentionIsThatOfSeparateOperators(sizes: [Int]) throws {
    let (B, N, Q, K, H) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4])
    // The heads of a token lie together, as a linear layer leaves them.
    let query = try numbers([B, Q, N, H], seed: 1).swappingAxes(1, 2)
    let key = try numbers([B, K, N, H], seed: 2).swappingAxes(1, 2)
    let value = try numbers([B, K, N, H], seed: 3).swappingAxes(1, 2)
    let found = try scaledDotProductAttention(query: query, key: key, value: value)
    #expect(found.shape == [B, N, Q, H])
    #expect(found.dtype == .bfloat16)
    let wanted = try expected(query, key, value)
    let pairs = zip(try found.values(as: Float.self), try wanted.values(as: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) <= 0.004 + 0.008 * abs($1) })
  }

  @Test func channelsThatLieApartGiveTheSame() throws {
    let x = try numbers([1, 2, 520, 64], seed: 4)
    let apart = try x.swappingAxes(2, 3).contiguous().swappingAxes(2, 3)
    #expect(!apart.isContiguous)
    let found = try scaledDotProductAttention(query: apart, key: apart, value: apart)
    let wanted = try scaledDotProductAttention(query: x, key: x, value: x)
    #expect(try found.values(as: Float.self) == wanted.values(as: Float.self))
  }

  @Test func scoresFarFromZeroDoNotOverflow() throws {
    let query = try numbers([1, 1, 512, 256], seed: 5) * 1000
    let value = try numbers([1, 1, 512, 256], seed: 6)
    // Each query's own key has by far the greatest score, so that it finds its own value.
    let found = try scaledDotProductAttention(query: query, key: query, value: value)
    #expect(try found.values(as: Float.self) == value.values(as: Float.self))
  }

  @Test func notANumberReachesItsQueryAlone() throws {
    let x = try numbers([1, 1, 512, 32], seed: 7)
    let query = try x.copied()
    try query.select(5, along: 2).overwrite(with: .full(.nan, shape: [1, 1, 32], dtype: .bfloat16))
    let found = try scaledDotProductAttention(query: query, key: x, value: x)
    let rows = try (0..<512).map { row in
      try found.select(row, along: 2).values(as: Float.self).allSatisfy { $0.isFinite }
    }
    #expect(rows.enumerated().filter { !$0.element }.map(\.offset) == [5])
  }

  @Test func attentionThatIsLearntHasGradients() throws {
    let x = try numbers([1, 1, 512, 16], seed: 8)
    try x.setRequiresGradient()
    let mixed = try scaledDotProductAttention(query: x, key: x, value: x)
    let found = try gradients(of: mixed.sum(), withRespectTo: [x])
    #expect(found.count == 1 && found[0]?.shape == [1, 1, 512, 16])
  }
}
