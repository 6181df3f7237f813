import Testing
import Torch

@Suite struct FastProductTests {
  private func normal(_ shape: [Int], seed: UInt64) throws -> Tensor {
    try Tensor.normal(shape, generator: Generator(seed: seed))
  }

  private func largestDifference(_ a: Tensor, _ b: Tensor) throws -> Float {
    #expect(a.shape == b.shape)
    return try (a - b).magnitude().maximum().values(as: Float.self)[0]
  }

  @Test(arguments: [[40, 24], [2, 20, 24], [3, 24], [0, 24]])
  func linearInFloat32IsTheMatrixProduct(shape: [Int]) throws {
    let (x, weight, bias) = (
      try normal(shape, seed: 1), try normal([10, 24], seed: 2), try normal([10], seed: 3)
    )
    let product = try x.matrixMultiplied(by: weight.swappingAxes(0, 1))
    guard product.elementCount > 0 else {
      #expect(try x.linear(weight: weight, bias: bias).shape == product.shape)
      return
    }
    #expect(try largestDifference(x.linear(weight: weight, bias: bias), product + bias) < 1e-5)
    #expect(try largestDifference(x.linear(weight: weight, bias: nil), product) < 1e-5)
    let strided = try x.slice(0..<12, along: -1)
    let part = try weight.slice(0..<12, along: 1)
    #expect(
      try largestDifference(
        strided.linear(weight: part, bias: nil),
        strided.matrixMultiplied(by: part.swappingAxes(0, 1))) < 1e-5)
  }

  @Test func linearOfShapesThatDoNotFitIsAnError() throws {
    let x = try normal([40, 24], seed: 1)
    #expect(throws: TorchError.self) { try x.linear(weight: .ones([10, 23]), bias: nil) }
    #expect(throws: TorchError.self) { try x.linear(weight: .ones([10, 24]), bias: .ones([9])) }
  }

  @Test func linearWithGradientsRecordsThem() throws {
    let (x, weight) = (try normal([40, 24], seed: 1), try normal([10, 24], seed: 2))
    try weight.setRequiresGradient()
    let gradient = try gradients(
      of: x.linear(weight: weight, bias: nil).sum(), withRespectTo: [weight])
    #expect(gradient[0]?.shape == [10, 24])
  }

  @Test(arguments: [DType.float32, .bfloat16])
  func plainAttentionIsAttention(dtype: DType) throws {
    let query = try normal([2, 3, 700, 8], seed: 1).converted(to: dtype)
    let key = try normal([2, 3, 30, 8], seed: 2).converted(to: dtype)
    let value = try normal([2, 3, 30, 8], seed: 3).converted(to: dtype)
    let found = try plainAttention(query: query, key: key, value: value)
    #expect(found.dtype == dtype)
    let expected = try scaledDotProductAttention(query: query, key: key, value: value)
    #expect(try largestDifference(found, expected) < 1e-5)
  }

  @Test func attentionOfShapesThatDoNotFitIsAnError() throws {
    let x = try normal([1, 2, 5, 8], seed: 1)
    #expect(throws: TorchError.self) {
      try plainAttention(query: x, key: .ones([1, 2, 5, 7]), value: .ones([1, 2, 5, 7]))
    }
  }
}
