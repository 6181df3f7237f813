import Testing
import Torch
import TorchOptim
import TorchTesting

private let keys = ["bias", "table", "weight"]
private let rates = [1e-2, 2e-2, 2e-2, 1e-3, 5e-3]
private let limit = 1.5

private var settings: AdamW.Settings {
  var settings = AdamW.Settings()
  settings.beta1 = 0.8
  settings.beta2 = 0.95
  settings.epsilon = 1e-6
  settings.weightDecay = 0.1
  return settings
}

private func parameters(_ golden: Golden, as dtype: DType = .float32) throws -> [TrainedParameter] {
  try keys.map { key in
    try TrainedParameter(key, golden["before.\(key)"].copied().converted(to: dtype))
  }
}

private func gradients(_ golden: Golden, step: Int) throws -> [Tensor] {
  try keys.map { try golden["gradient.\(step).\($0)"].copied() }
}

@Suite struct AdamWTests {
  @Test(.tags(.golden)) func clippedStepsAreThoseOfTorch() throws {
    let golden = try Golden("optimizers")
    let parameters = try parameters(golden)
    var optimizer = try AdamW(parameters, settings: settings)
    var average = try ExponentialMovingAverage(of: parameters, rate: 0.3)
    let norms = try golden["norms"].values(as: Double.self)
    for (step, rate) in rates.enumerated() {
      let gradients = try gradients(golden, step: step)
      let norm = try clipGradients(gradients, toNorm: limit)
      #expect(abs(norm - norms[step]) < 1e-5)
      try optimizer.step(gradients: gradients, learningRate: rate)
      try average.follow(parameters)
      for parameter in parameters {
        try expectClose(parameter.computed, golden["after.\(step).\(parameter.key)"])
      }
    }
    for (index, key) in keys.enumerated() {
      try expectClose(optimizer.moments[index].first, golden["first.\(key)"])
      try expectClose(optimizer.moments[index].second, golden["second.\(key)"])
      try expectClose(average.averages[index], golden["average.\(key)"])
    }
    #expect(optimizer.stepCounts == [5, 5, 5])
  }

  @Test func aRunThatWasSavedGoesOnToTheBit() throws {
    let golden = try Golden("optimizers")
    var straight = try AdamW(parameters(golden), settings: settings)
    for step in 0..<4 {
      try straight.step(gradients: gradients(golden, step: step), learningRate: rates[step])
    }
    var first = try AdamW(parameters(golden), settings: settings)
    for step in 0..<2 {
      try first.step(gradients: gradients(golden, step: step), learningRate: rates[step])
    }
    var second = AdamW(
      try first.parameters.map { try TrainedParameter($0.key, $0.computed.copied()) },
      settings: settings,
      moments: try first.moments.map {
        AdamW.Moments(first: try $0.first.copied(), second: try $0.second.copied())
      }, stepCounts: first.stepCounts)
    for step in 2..<4 {
      try second.step(gradients: gradients(golden, step: step), learningRate: rates[step])
    }
    for (one, other) in zip(straight.parameters, second.parameters) {
      #expect(try one.computed.values(as: Float.self) == other.computed.values(as: Float.self))
    }
  }

  @Test func stepsTooSmallForBFloat16AddUpInTheMaster() throws {
    let weight = try Tensor.ones([4]).converted(to: .bfloat16)
    let parameter = try TrainedParameter("w", weight)
    var optimizer = try AdamW([parameter])
    for step in 1...40 {
      try optimizer.step(gradients: [.ones([4]).converted(to: .bfloat16)], learningRate: 1e-4)
      let master = try parameter.master.values(as: Double.self)[0]
      #expect(abs(master - (1 - 1e-4 * Double(step))) < 1e-5)
    }
    // bfloat16 has no number between 1 and 1 - 2^-8: one step of 1e-4 would be lost.
    #expect(try parameter.computed.values(as: Double.self)[0] == 1 - 1.0 / 256)
    #expect(parameter.computed.dtype == .bfloat16)
  }

  @Test func aParameterWithoutGradientStaysAndKeepsItsCount() throws {
    let golden = try Golden("optimizers")
    let parameters = try parameters(golden)
    var optimizer = try AdamW(parameters, settings: settings)
    var gradients: [Tensor?] = try gradients(golden, step: 0)
    gradients[1] = nil
    try optimizer.step(gradients: gradients, learningRate: 0.1)
    #expect(optimizer.stepCounts == [1, 0, 1])
    #expect(
      try parameters[1].computed.values(as: Float.self)
        == golden["before.table"].values(as: Float.self))
  }

  @Test func gradientsThatAreNotFiniteAreReportedAndLeft() throws {
    let bad = try Tensor([1, .infinity] as [Float], shape: [2])
    let good = try Tensor([3, 4] as [Float], shape: [2])
    #expect(try clipGradients([bad, nil, good], toNorm: 1).isFinite == false)
    #expect(try good.values(as: Float.self) == [3, 4])
    #expect(try clipGradients([good], toNorm: 10) == 5)
    #expect(try good.values(as: Float.self) == [3, 4])
    #expect(try clipGradients([nil], toNorm: 1) == 0)
  }
}
