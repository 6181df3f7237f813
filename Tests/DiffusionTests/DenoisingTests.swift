import Diffusion
import FoundationEssentials
import Testing
import Torch
import TorchTesting

@Suite struct FlowMatchEulerSchedulerTests {
  private static let configurations: [(String, FlowMatchEulerScheduler.Configuration)] = [
    ("layered", .layered),
    (
      "exponential",
      .init(
        trainingTimestepCount: 1000, shift: 1, usesDynamicShifting: true, timeShift: .exponential,
        terminalSigma: 0.02)
    ),
    (
      "static",
      .init(
        trainingTimestepCount: 1000, shift: 3, usesDynamicShifting: false, timeShift: .exponential,
        terminalSigma: nil)
    ),
  ]

  @Test(.tags(.golden), arguments: [1, 4, 8, 50], [2.5, 4.0])
  func noiseLevelsAreThoseOfDiffusersToTheLastPlace(stepCount: Int, mu: Double) throws {
    let golden = try Golden("diffusion")
    for (name, configuration) in Self.configurations
    where golden.names.contains("sigmas.\(name).\(mu).\(stepCount)") {
      let scheduler = FlowMatchEulerScheduler(
        stepCount: stepCount, mu: mu, configuration: configuration)
      let sigmas = try golden["sigmas.\(name).\(mu).\(stepCount)"].values(as: Float.self)
      let timesteps = try golden["timesteps.\(name).\(mu).\(stepCount)"].values(as: Float.self)
      #expect(scheduler.sigmas.count == stepCount + 1)
      for (found, expected) in zip(scheduler.sigmas, sigmas) {
        #expect(abs(found - expected) <= expected.ulp, "\(name)")
      }
      for (found, expected) in zip(scheduler.steps.map(\.timestep), timesteps) {
        #expect(abs(found - expected) <= expected.ulp, "\(name)")
      }
    }
  }

  @Test func shiftFollowsTheConditionTokensAndNotTheLayers() {
    let scheduler = FlowMatchEulerScheduler(stepCount: 4, conditionTokenCount: 1600)
    #expect(scheduler.sigmas == FlowMatchEulerScheduler(stepCount: 4, mu: 2.5).sigmas)
  }

  @Test func configurationOfTheOfficialFileDecodes() throws {
    let text = """
      {"_class_name": "FlowMatchEulerDiscreteScheduler", "base_shift": 0.5, "max_shift": 0.9,
      "num_train_timesteps": 1000, "shift": 1.0, "shift_terminal": false, "time_shift_type": "linear",
      "use_dynamic_shifting": true, "use_karras_sigmas": false}
      """
    let configuration = try JSONDecoder().decode(
      FlowMatchEulerScheduler.Configuration.self, from: Data(text.utf8))
    #expect(configuration == .layered)
  }

  @Test(
    arguments: [("null", nil), ("false", nil), ("0", nil), ("0.02", 0.02)] as [(String, Double?)])
  func terminalLevelIsWrittenInSeveralWays(text: String, level: Double?) throws {
    let configuration = try JSONDecoder().decode(
      FlowMatchEulerScheduler.Configuration.self, from: Data(#"{"shift_terminal": \#(text)}"#.utf8))
    #expect(configuration.terminalSigma == level)
  }

  @Test func terminalLevelThatIsTextIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        FlowMatchEulerScheduler.Configuration.self, from: Data(#"{"shift_terminal": "0.02"}"#.utf8))
    }
  }

  @Test func singleStepIsNotStretched() {
    var configuration = FlowMatchEulerScheduler.Configuration.layered
    configuration.terminalSigma = 0.02
    let scheduler = FlowMatchEulerScheduler(stepCount: 1, mu: 2.5, configuration: configuration)
    #expect(scheduler.sigmas == [1, 0])
  }

  @Test func scheduleOfAnotherKindIsRefused() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(
        FlowMatchEulerScheduler.Configuration.self,
        from: Data(#"{"use_karras_sigmas": true}"#.utf8))
    }
  }
}

@Suite struct DenoisingTests {
  @Test(.tags(.golden), arguments: [DType.float32, .bfloat16], [false, true])
  func loopMatchesDiffusers(dtype: DType, isNormalized: Bool) throws {
    let golden = try Golden("diffusion")
    let name = "\(dtype).\(isNormalized ? "normalized" : "plain")"
    let scheduler = FlowMatchEulerScheduler(stepCount: 3, mu: 2.5)
    let guidance = ClassifierFreeGuidance(scale: 4, isNormalized: isNormalized)
    var latents = try seededInput("latents", [2, 6, 64], dtype: dtype)
    for step in scheduler.steps {
      let time = try scheduler.modelTime(of: step, batch: 2, dtype: dtype, device: .cpu)
      let velocity = try guidance.combine(
        positive: seededInput("positive.\(step.index)", [2, 6, 64], dtype: dtype),
        negative: seededInput("negative.\(step.index)", [2, 6, 64], dtype: dtype))
      latents = try scheduler.advance(latents, along: velocity, over: step)
      // The operators are the reference's own, so bfloat16 agrees to the bit.
      let relative = dtype == .bfloat16 ? 0 : 1e-6
      try expectClose(time, golden["\(name).time.\(step.index)"], relative: 0, absolute: 1e-9)
      try expectClose(
        velocity, golden["\(name).velocity.\(step.index)"], relative: relative, absolute: 1e-9)
      try expectClose(
        latents, golden["\(name).latents.\(step.index)"], relative: relative, absolute: 1e-6)
    }
  }
}

@Suite struct NoiseTests {
  @Test(.tags(.golden), arguments: [15, 16, 17, 1000], [DType.float32, .bfloat16])
  func drawOfAnyLengthIsThatOfTorch(count: Int, dtype: DType) throws {
    let noise = try Tensor.normal([count], dtype: dtype, generator: Generator(seed: UInt64(count)))
    try expectClose(
      noise, Golden("diffusion")["noise.\(dtype).\(count)"], relative: 0,
      absolute: dtype == .bfloat16 ? 1e-12 : 1e-6)
  }

  @Test(.tags(.golden), arguments: [DType.float32, .bfloat16])
  func latentsOfFiveFramesAt640AreThoseOfTorch(dtype: DType) throws {
    let noise = try Noise.draw(
      batch: 1, frameCount: 5, channels: 16, size: LatentSize(width: 80, height: 80), dtype: dtype,
      generator: Generator(seed: 777))
    #expect(noise.shape == [1, 5, 16, 80, 80])
    try expectClose(
      noise.reshaped(to: [-1]).strided(from: 0, by: 4096, along: 0),
      Golden("diffusion")["noise.\(dtype).512000"], relative: 0,
      absolute: dtype == .bfloat16 ? 1e-12 : 1e-6)
  }
}
