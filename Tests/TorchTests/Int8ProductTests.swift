import Testing
import Torch

@Suite struct Int8ProductTests {
  private func numbers(_ shape: [Int], seed: UInt64) throws -> Tensor {
    try Tensor.normal(shape, generator: Generator(seed: seed))
  }

  @Test(arguments: [DType.float32, .bfloat16], [1, 16, 45])
  func rowsAreRoundedToTheNearest127thOfTheirLargest(dtype: DType, width: Int) throws {
    let rows = try numbers([3, width], seed: 1).converted(to: dtype)
    let rounded = try QuantizedRows(rounding: rows)
    #expect(rounded.numbers.dtype == .int8 && rounded.numbers.shape == [3, width])
    #expect(rounded.scales.dtype == .float32 && rounded.scales.shape == [3])
    let scales = try rounded.scales.values(as: Float.self)
    let found = try rounded.widened(to: .float32).values(as: Float.self)
    for (index, pair) in zip(found, try rows.values(as: Float.self)).enumerated() {
      #expect(abs(pair.0 - pair.1) <= scales[index / width] * 0.501)
    }
    let largest = try rounded.numbers.converted(to: .float32).magnitude().maximum()
    #expect(try largest.values(as: Float.self) == [127])
  }

  @Test func rowsWithoutNumbersToScaleByStayWhatTheyAre() throws {
    let rows = try Tensor(
      [0, 0, 1e-44, 0, .nan, 1, .infinity, 1, 2, -2] as [Float], shape: [5, 2])
    let rounded = try QuantizedRows(rounding: rows)
    let found = try rounded.widened(to: .float32).values(as: Float.self)
    #expect(Array(found[0..<4]) == [0, 0, 0, 0])
    #expect(found[4..<8].allSatisfy { $0.isNaN })
    #expect(Array(found[8...]) == [2, -2])
  }

  /// From one row, which is bound by memory, to more than one task of the blocked product.
  @Test(arguments: [
    [1, 40, 7], [5, 100, 37], [6, 33, 16], [13, 515, 70], [200, 64, 800], [3, 0, 4], [0, 8, 4],
  ])
  func linearSumsTheRoundedNumbersExactly(sizes: [Int]) throws {
    let (M, K, N) = (sizes[0], sizes[1], sizes[2])
    let (x, bias) = (try numbers([M, K], seed: 2), try numbers([N], seed: 4))
    let weight = try QuantizedRows(rounding: numbers([N, K], seed: 3))
    let found = try x.linear(weight: weight, bias: bias)
    #expect(found.shape == [M, N] && found.dtype == .float32)
    guard found.elementCount > 0 else { return }
    let inputs = try QuantizedRows(rounding: x).widened(to: .float64)
    let wanted =
      try inputs.matrixMultiplied(
        by: weight.widened(to: .float64).swappingAxes(0, 1)) + bias.converted(to: .float64)
    let pairs = zip(try found.values(as: Float.self), try wanted.values(as: Double.self))
    #expect(pairs.allSatisfy { abs(Double($0) - $1) <= 1e-5 + 1e-5 * abs($1) })

    let activated = try x.linear(weight: weight, bias: bias, applyingTanhGELU: true)
    let gelu = try wanted.gelu(.tanh).values(as: Double.self)
    #expect(
      zip(try activated.values(as: Float.self), gelu).allSatisfy {
        abs(Double($0) - $1) <= 2e-5 + 1e-5 * abs($1)
      })
  }

  @Test func linearRoundsItsResultToTheTypeOfItsInput() throws {
    let x = try numbers([2, 9, 24], seed: 5).converted(to: .bfloat16)
    let weight = try QuantizedRows(rounding: numbers([10, 24], seed: 6))
    let found = try x.linear(weight: weight, bias: nil)
    #expect(found.shape == [2, 9, 10] && found.dtype == .bfloat16)
    let wide = try x.converted(to: .float32).linear(weight: weight, bias: nil)
    #expect(
      try found.values(as: Float.self) == wide.converted(to: .bfloat16).values(as: Float.self))
  }

  @Test func inputThatIsNotFiniteShowsInItsRowAlone() throws {
    let x = try numbers([8, 24], seed: 7)
    try x.select(2, along: 0).overwrite(with: .full(.nan, shape: [24]))
    let weight = try QuantizedRows(rounding: numbers([4, 24], seed: 8))
    let found = try x.linear(weight: weight, bias: nil).values(as: Float.self)
    #expect(found[8..<12].allSatisfy { $0.isNaN })
    #expect((found[..<8] + found[12...]).allSatisfy { $0.isFinite })
  }

  @Test func shapesThatDoNotFitAreAnError() throws {
    let x = try numbers([8, 24], seed: 9)
    let weight = try QuantizedRows(rounding: numbers([4, 23], seed: 10))
    #expect(throws: TorchError.self) { try x.linear(weight: weight, bias: nil) }
  }

  @Test func productThatWouldHaveToRecordGradientsIsRefused() throws {
    let x = try numbers([8, 24], seed: 11)
    let weight = try QuantizedRows(rounding: numbers([4, 24], seed: 12))
    try x.setRequiresGradient()
    #expect(throws: TorchError.self) { try x.linear(weight: weight, bias: nil) }
  }
}

@Suite struct BFloat16ProductTests {
  @Test(arguments: [[1, 40, 7], [5, 100, 37], [13, 515, 70], [391, 64, 800]])
  func bfloat16LinearIsTheProductRoundedOnce(sizes: [Int]) throws {
    let (M, K, N) = (sizes[0], sizes[1], sizes[2])
    func numbers(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
      try Tensor.normal(shape, generator: Generator(seed: seed)).converted(to: .bfloat16)
    }
    let (x, weight, bias) = (try numbers([M, K], 1), try numbers([N, K], 2), try numbers([N], 3))
    let found = try x.linear(weight: weight, bias: bias)
    #expect(found.dtype == .bfloat16)
    let wanted = try x.converted(to: .float64).linear(
      weight: weight.converted(to: .float64), bias: bias.converted(to: .float64))
    let pairs = zip(try found.values(as: Double.self), try wanted.values(as: Double.self))
    #expect(pairs.allSatisfy { abs($0 - $1) <= 0.02 + 0.005 * abs($1) })
  }

  @Test func bfloat16LinearHasTheGradientsOfFloat32() throws {
    func found(_ dtype: DType) throws -> [[Float]] {
      func numbers(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
        let tensor = try Tensor.normal(shape, generator: Generator(seed: seed))
          .converted(to: .bfloat16).converted(to: dtype).copied()
        try tensor.setRequiresGradient()
        return tensor
      }
      let inputs = [try numbers([3, 20, 24], 4), try numbers([10, 24], 5), try numbers([10], 6)]
      let y = try inputs[0].linear(weight: inputs[1], bias: inputs[2])
      return try gradients(of: (y * y).sum(), withRespectTo: inputs).map {
        try #require($0).values(as: Float.self)
      }
    }
    for (narrow, wide) in zip(try found(.bfloat16), try found(.float32)) {
      let largest = wide.reduce(0) { max($0, abs($1)) }
      #expect(zip(narrow, wide).allSatisfy { abs($0 - $1) <= 0.02 * largest })
    }
  }

  @Test func bfloat16ConvolutionIsThatOfFloat32RoundedOnce() throws {
    func numbers(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
      try Tensor.normal(shape, generator: Generator(seed: seed)).converted(to: .bfloat16)
    }
    let x = try numbers([2, 8, 11, 9], 7).contiguous(.channelsLast)
    let (weight, bias) = (try numbers([5, 8, 3, 3], 8), try numbers([5], 9))
    let found = try x.convolved(weight: weight, bias: bias, padding: 1)
    #expect(found.dtype == .bfloat16 && found.shape == [2, 5, 11, 9])
    let wanted = try x.converted(to: .float32).convolved(
      weight: weight.converted(to: .float32), bias: bias.converted(to: .float32), padding: 1)
    let pairs = zip(try found.values(as: Float.self), try wanted.values(as: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) <= 0.03 + 0.008 * abs($1) })
  }
}
