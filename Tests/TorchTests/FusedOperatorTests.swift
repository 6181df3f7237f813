import Testing
import Torch

@Suite struct FusedOperatorTests {
  private func numbers(_ shape: [Int], _ dtype: DType, seed: UInt64) throws -> Tensor {
    try (Tensor.normal(shape, generator: Generator(seed: seed)) * 2).converted(to: dtype)
  }

  /// Records an issue unless numbers are the same within rounding, in bfloat16 all but one in a hundred exactly.
  private func expectSame(
    _ found: Tensor, _ wanted: Tensor, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(found.shape == wanted.shape && found.dtype == wanted.dtype)
    let pairs = Array(zip(try found.values(as: Float.self), try wanted.values(as: Float.self)))
    let apart =
      found.dtype == .bfloat16
      ? pairs.count { $0 != $1 } : 100 * pairs.count { !(abs($0 - $1) <= 2e-5 + 2e-5 * abs($1)) }
    #expect(apart * 100 <= pairs.count, sourceLocation: sourceLocation)
  }

  @Test(arguments: [DType.float32, .bfloat16], [2, 24, 128])
  func headsAreNormalisedAndTurnedAsBySeparateOperators(dtype: DType, width: Int) throws {
    let (B, S, N, H) = (2, 5, 3, width)
    let x = try numbers([B, S, N, H], dtype, seed: 1)
    let weight = try numbers([H], dtype, seed: 2)
    let angles = try numbers([S, H / 2], .float32, seed: 3)
    let (cosines, sines) = (try angles.cosine(), try angles.sine())

    let wide = try x.converted(to: .float32)
    let meanSquare = try (wide * wide).mean(along: -1, keepingAxis: true)
    let norm = try (wide * (meanSquare + 1e-6).reciprocalSquareRoot()).converted(to: dtype) * weight
    let pairs = try norm.converted(to: .float32).reshaped(to: [B, S, N, H / 2, 2])
    let (real, imaginary) = (try pairs.select(0, along: -1), try pairs.select(1, along: -1))
    let (c, s) = (try cosines.addingAxis(at: 1), try sines.addingAxis(at: 1))
    let turned = try Tensor(
      stacking: [real * c - imaginary * s, real * s + imaginary * c], along: -1)

    for x in [x, try x.swappingAxes(1, 2).contiguous().swappingAxes(1, 2)] {
      try expectSame(
        x.headsNormalizedAndTurned(weight: weight, cosines: cosines, sines: sines, epsilon: 1e-6),
        turned.reshaped(to: [B, S, N, H]).converted(to: dtype))
    }
  }

  @Test(arguments: [DType.float32, .bfloat16], [1, 40, 129])
  func tokensAreModulatedAndGatedAsBySeparateOperators(dtype: DType, width: Int) throws {
    let x = try numbers([2, 7, width], dtype, seed: 4)
    // Each sample's vectors lie side by side, as one linear layer gives them.
    let parts = try numbers([2, 1, 3 * width], dtype, seed: 5).chunks(3, along: -1)
    try expectSame(
      x.normalizedAndModulated(scale: parts[0], shift: parts[1], epsilon: 1e-6),
      x.layerNormalized(width: width, epsilon: 1e-6) * (1 + parts[0]) + parts[1])

    var update = try numbers([2, 7, width], dtype, seed: 6)
    let view = try update.select(1, along: 0)
    let wanted = try x + parts[2] * update
    try update.gate(by: parts[2], addingTo: x)
    try expectSame(update, wanted)
    #expect(try view.values(as: Float.self) == update.select(1, along: 0).values(as: Float.self))
  }

  @Test(arguments: [1, 16, 1001]) func tanhGELUInPlaceIsThatOfLibtorch(count: Int) throws {
    var x = try numbers([count], .float32, seed: 7) * 3
    let wanted = try x.gelu(.tanh)
    try x.applyTanhGELU()
    try expectSame(x, wanted)
    var rounded = try numbers([count], .bfloat16, seed: 8)
    let near = try rounded.converted(to: .float32).gelu(.tanh)
    try rounded.applyTanhGELU()
    let pairs = zip(try rounded.values(as: Float.self), try near.values(as: Float.self))
    #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-6 + abs($1) / 256 })
  }

  // MARK: Gradients

  /// Records an issue unless one form of an operation has the gradients of the other, by the first in float32.
  private func expectSameGradients(
    of shapes: [[Int]], _ dtype: DType, _ fused: ([Tensor]) throws -> Tensor,
    _ separate: ([Tensor]) throws -> Tensor, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let inputs = try shapes.enumerated().map { try numbers($1, dtype, seed: UInt64($0 + 10)) }
    func found(_ dtype: DType, _ body: ([Tensor]) throws -> Tensor) throws -> [Tensor?] {
      let leaves = try inputs.map { try $0.converted(to: dtype).copied() }
      for leaf in leaves { try leaf.setRequiresGradient() }
      let result = try body(leaves)
      let factor = try numbers(result.shape, dtype, seed: 9)
      return try gradients(of: [(result, factor: factor)], withRespectTo: leaves)
    }
    let tolerance: Float = dtype == .bfloat16 ? 0.02 : 2e-5
    for (one, other) in zip(try found(dtype, fused), try found(.float32, separate)) {
      let (one, other) = (try #require(one), try #require(other))
      #expect(one.shape == other.shape && one.dtype == dtype, sourceLocation: sourceLocation)
      let wanted = try other.values(as: Float.self)
      let size = max(1, wanted.map(abs).max() ?? 0)
      #expect(
        zip(try one.values(as: Float.self), wanted).allSatisfy { abs($0 - $1) <= tolerance * size },
        sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [DType.float32, .bfloat16], [2, 24, 128])
  func gradientsOfTurnedHeadsAreThoseOfSeparateOperators(dtype: DType, width: Int) throws {
    let (B, S, N, H) = (2, 5, 3, width)
    let angles = try numbers([S, H / 2], .float32, seed: 3)
    let (cosines, sines) = (try angles.cosine(), try angles.sine())
    try expectSameGradients(of: [[B, S, N, H], [H]], dtype) {
      try $0[0].headsNormalizedAndTurned(
        weight: $0[1], cosines: cosines, sines: sines, epsilon: 1e-6)
    } _: {
      let x = $0[0]
      let meanSquare = try (x * x).mean(along: -1, keepingAxis: true)
      let norm = try x * (meanSquare + 1e-6).reciprocalSquareRoot() * $0[1]
      let pairs = try norm.reshaped(to: [B, S, N, H / 2, 2])
      let (real, imaginary) = (try pairs.select(0, along: -1), try pairs.select(1, along: -1))
      let (c, s) = (try cosines.addingAxis(at: 1), try sines.addingAxis(at: 1))
      return try Tensor(
        stacking: [real * c - imaginary * s, real * s + imaginary * c], along: -1
      ).reshaped(to: [B, S, N, H])
    }
  }

  @Test(arguments: [DType.float32, .bfloat16], [8, 40, 129])
  func gradientsOfModulationAndGateAreThoseOfSeparateOperators(dtype: DType, width: Int) throws {
    try expectSameGradients(of: [[2, 7, width], [2, 1, 3 * width], [2, 7, width]], dtype) {
      let parts = try $0[1].chunks(3, along: -1)
      var x = try $0[0].normalizedAndModulated(scale: parts[0], shift: parts[1], epsilon: 1e-6)
      try x.gate(by: parts[2], addingTo: $0[2])
      return x
    } _: {
      let parts = try $0[1].chunks(3, along: -1)
      let x = try $0[0].layerNormalized(width: width, epsilon: 1e-6) * (1 + parts[0]) + parts[1]
      return try $0[2] + parts[2] * x
    }
  }

  @Test(arguments: [DType.float32, .bfloat16], [false, true])
  func gradientsOfTheChannelNormAreThoseOfSeparateOperators(dtype: DType, appliesSiLU: Bool) throws
  {
    for width in [3, 40] {
      try expectSameGradients(of: [[2, width, 4, 5], [width, 1, 1]], dtype) {
        try $0[0].channelNormalized(scaledBy: $0[1], applyingSiLU: appliesSiLU)
      } _: {
        let length = try $0[0].euclideanNorm(along: 1).clamped(atLeast: 1e-12)
        let scaled = try $0[0] / length * Double(width).squareRoot() * $0[1]
        return appliesSiLU ? try scaled.silu() : scaled
      }
    }
  }

  @Test(arguments: [DType.float32, .bfloat16])
  func gradientsOfTanhGELUAreThoseOfLibtorch(dtype: DType) throws {
    try expectSameGradients(of: [[7, 143]], dtype) {
      var x = try $0[0] * 1
      try x.applyTanhGELU()
      return x
    } _: {
      try $0[0].gelu(.tanh)
    }
  }

  @Test(arguments: [DType.float32, .bfloat16], [false, true])
  func gradientsOfAttentionAreThoseOfItsFormula(dtype: DType, isMasked: Bool) throws {
    let isSeen = (0..<19).map { UInt8(isMasked && $0 > 12 ? 0 : 1) }
    let mask = isMasked ? try Tensor(isSeen, shape: [1, 1, 1, 19]).converted(to: .bool) : nil
    let hidden = try (1 - Tensor(isSeen, shape: [19]).converted(to: .float32)) * -1e9
    let shape = [2, 3, 19, 24]
    try expectSameGradients(of: [shape, shape, shape], dtype) {
      try scaledDotProductAttention(query: $0[0], key: $0[1], value: $0[2], mask: mask)
    } _: {
      let scores = try $0[0].matrixMultiplied(by: $0[1].swappingAxes(2, 3)) / 24.0.squareRoot()
      return try (scores + hidden).softmax(along: -1).matrixMultiplied(by: $0[2])
    }
  }

  @Test func gradientsOfTheFastProductAreThoseOfLibtorch() throws {
    try expectSameGradients(of: [[2, 20, 24], [40, 24], [40]], .float32) {
      try $0[0].linear(weight: $0[1], bias: $0[2])
    } _: {
      try $0[0].matrixMultiplied(by: $0[1].swappingAxes(0, 1)) + $0[2]
    }
  }

  @Test func notANumberAndInfinityStay() throws {
    var x = try Tensor([.nan, .infinity, -.infinity] as [Float], shape: [3])
    try x.applyTanhGELU()
    let values = try x.values(as: Float.self)
    #expect(values[0].isNaN && values[1] == .infinity)
  }

  @Test func otherShapesAndTypesAreErrors() throws {
    let x = try numbers([1, 4, 2, 6], .float32, seed: 9)
    let (weight, table) = (try Tensor.ones([6]), try Tensor.ones([4, 3]))
    #expect(throws: TorchError.self) {
      try x.headsNormalizedAndTurned(
        weight: .ones([6], dtype: .bfloat16), cosines: table, sines: table, epsilon: 1e-6)
    }
    #expect(throws: TorchError.self) {
      try x.headsNormalizedAndTurned(
        weight: weight, cosines: .ones([5, 3]), sines: table, epsilon: 1e-6)
    }
    #expect(throws: TorchError.self) {
      try x.headsNormalizedAndTurned(
        weight: .ones([5]), cosines: table, sines: table, epsilon: 1e-6)
    }
    let tokens = try numbers([2, 4, 6], .float32, seed: 10)
    #expect(throws: TorchError.self) {
      try tokens.normalizedAndModulated(
        scale: .ones([1, 1, 6]), shift: .ones([2, 1, 6]), epsilon: 1e-6)
    }
    var update = try numbers([2, 4, 5], .float32, seed: 11)
    #expect(throws: TorchError.self) {
      try update.gate(by: .ones([2, 1, 6]), addingTo: tokens)
    }
  }
}
