import Testing
import Torch

@Suite struct ChannelNormTests {
  /// Four pictures of `channels` channels, channels last in memory.
  private func picture(channels: Int, dtype: DType) throws -> Tensor {
    let numbers = try Tensor.normal([4, channels, 5, 3], generator: Generator(seed: 3)) * 3
    return try numbers.converted(to: dtype).contiguous(.channelsLast)
  }

  private func gamma(channels: Int, dtype: DType) throws -> Tensor {
    try (Tensor.normal([channels], generator: Generator(seed: 4)) + 1).converted(to: dtype)
  }

  /// The same by separate operators.
  private func expected(_ x: Tensor, _ gamma: Tensor) throws -> Tensor {
    let wide = try x.converted(to: .float32)
    let direction = try (wide / wide.euclideanNorm(along: 1)).converted(to: x.dtype)
    let scale = Double(gamma.elementCount).squareRoot()
    return try direction * scale * gamma.reshaped(to: [gamma.elementCount, 1, 1])
  }

  @Test(arguments: [1, 5, 16, 37, 96])
  func onePassGivesWhatSeparateOperatorsGive(channels: Int) throws {
    let (x, gamma) = (
      try picture(channels: channels, dtype: .float32),
      try gamma(channels: channels, dtype: .float32)
    )
    let norm = try expected(x, gamma)
    for (found, wanted) in [
      (try x.channelNormalized(scaledBy: gamma), norm),
      (try x.channelNormalized(scaledBy: gamma, applyingSiLU: true), try norm.silu()),
      (try x.contiguous().channelNormalized(scaledBy: gamma), norm),
    ] {
      let difference = try (found - wanted).magnitude().maximum().values(as: Float.self)[0]
      #expect(difference < 1e-5)
    }
  }

  @Test func roundingInBFloat16IsThatOfSeparateOperators() throws {
    let (x, gamma) = (
      try picture(channels: 40, dtype: .bfloat16), try gamma(channels: 40, dtype: .bfloat16)
    )
    let found = try x.channelNormalized(scaledBy: gamma, applyingSiLU: true)
    let wanted = try expected(x, gamma).silu()
    #expect(found.dtype == .bfloat16)
    let pairs = zip(try found.values(as: Float.self), try wanted.values(as: Float.self))
    #expect(pairs.count { $0 != $1 } * 100 < found.elementCount)
  }

  @Test func normalizingInPlaceIsSeenThroughEveryView() throws {
    for format in [MemoryFormat.channelsLast, .contiguous] {
      var x = try picture(channels: 6, dtype: .float32).copied().contiguous(format)
      let view = try x.select(2, along: 0)
      let wanted = try x.channelNormalized(scaledBy: .ones([6])).select(2, along: 0)
      try x.normalizeChannels(scaledBy: .ones([6]))
      #expect(try view.values(as: Float.self) == wanted.values(as: Float.self))
    }
  }

  @Test(arguments: [DType.float32, .bfloat16])
  func blackPixelsStayBlackAndNotANumberStaysSo(dtype: DType) throws {
    let x = try Tensor([0, 0, .nan, 1] as [Float], shape: [2, 2, 1, 1]).converted(to: dtype)
    let gamma = try Tensor.ones([2], dtype: dtype)
    let found = try x.channelNormalized(scaledBy: gamma, applyingSiLU: true).values(as: Float.self)
    #expect(found.prefix(2) == [0, 0])
    #expect(found.suffix(2).allSatisfy { $0.isNaN })
  }

  @Test func gammaOfAnotherLengthOrTypeIsAnError() throws {
    let x = try picture(channels: 6, dtype: .float32)
    #expect(throws: TorchError.self) { try x.channelNormalized(scaledBy: .ones([5])) }
    #expect(throws: TorchError.self) {
      try x.channelNormalized(scaledBy: .ones([6], dtype: .bfloat16))
    }
    #expect(throws: TorchError.self) {
      try x.select(0, along: 0).channelNormalized(scaledBy: .ones([6]))
    }
  }
}
