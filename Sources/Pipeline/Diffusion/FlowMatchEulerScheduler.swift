import Torch

#if canImport(Glibc)
import Glibc
#endif

/// The noise levels of a run and the Euler step between them.
///
/// Source: diffusers `FlowMatchEulerDiscreteScheduler` with its `scheduler_config.json`.
package struct FlowMatchEulerScheduler: Sendable {
  /// The part of the checkpoint's `scheduler_config.json` that says how noise levels are spaced.
  package struct Configuration: Decodable, Hashable, Sendable {
    package enum TimeShift: String, Decodable, Sendable {
      case linear
      case exponential
    }

    package var trainingTimestepCount: Int
    /// The shift where it does not depend on the picture's size.
    package var shift: Double
    package var usesDynamicShifting: Bool
    package var timeShift: TimeShift
    /// The level that the last step is stretched to start at; nil for none.
    package var terminalSigma: Double?

    /// The official layered model's schedule.
    package static let layered = Configuration(
      trainingTimestepCount: 1000, shift: 1, usesDynamicShifting: true, timeShift: .linear,
      terminalSigma: nil)

    package init(
      trainingTimestepCount: Int, shift: Double, usesDynamicShifting: Bool, timeShift: TimeShift,
      terminalSigma: Double?
    ) {
      self.trainingTimestepCount = trainingTimestepCount
      self.shift = shift
      self.usesDynamicShifting = usesDynamicShifting
      self.timeShift = timeShift
      self.terminalSigma = terminalSigma
    }

    private enum CodingKeys: String, CodingKey {
      case trainingTimestepCount = "num_train_timesteps"
      case shift
      case usesDynamicShifting = "use_dynamic_shifting"
      case timeShift = "time_shift_type"
      case terminalSigma = "shift_terminal"
      case invertsSigmas = "invert_sigmas"
      case usesKarrasSigmas = "use_karras_sigmas"
      case usesExponentialSigmas = "use_exponential_sigmas"
      case usesBetaSigmas = "use_beta_sigmas"
      case samplesAtRandom = "stochastic_sampling"
    }

    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      trainingTimestepCount =
        try values.decodeIfPresent(Int.self, forKey: .trainingTimestepCount) ?? 1000
      shift = try values.decodeIfPresent(Double.self, forKey: .shift) ?? 1
      usesDynamicShifting =
        try values.decodeIfPresent(Bool.self, forKey: .usesDynamicShifting) ?? false
      let shiftName = try values.decodeIfPresent(String.self, forKey: .timeShift)
      guard let timeShift = TimeShift(rawValue: shiftName ?? "exponential") else {
        throw DecodingError.dataCorruptedError(
          forKey: .timeShift, in: values,
          debugDescription: "'\(shiftName ?? "")' is not 'linear' or 'exponential'")
      }
      self.timeShift = timeShift
      // Written as null, as false, or as a number; zero means none too.
      if (try? values.decode(Bool.self, forKey: .terminalSigma)) == false {
        terminalSigma = nil
      } else {
        let terminal = try values.decodeIfPresent(Double.self, forKey: .terminalSigma)
        terminalSigma = terminal == 0 ? nil : terminal
      }
      let unsupported: [CodingKeys] = [
        .invertsSigmas, .usesKarrasSigmas, .usesExponentialSigmas, .usesBetaSigmas,
        .samplesAtRandom,
      ]
      for key in unsupported where try values.decodeIfPresent(Bool.self, forKey: key) ?? false {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: values,
          debugDescription: "is true, a kind of schedule that is not supported")
      }
    }
  }

  /// One interval between noise levels.
  package struct Step: Hashable, Sendable {
    package let index: Int
    /// The noise level at its start, in 0...1.
    package let sigma: Float
    /// The noise level at its end; 0 for the last.
    package let nextSigma: Float
    /// The level as diffusers counts time, 1000 times sigma.
    package let timestep: Float
  }

  package let steps: [Step]

  /// All noise levels and the final 0.
  package var sigmas: [Float] { steps.map(\.sigma) + [0] }

  /// - Parameters:
  ///   - stepCount: At least 1.
  ///   - conditionTokenCount: Tokens of the condition picture; larger pictures get more steps at high noise.
  ///   - configuration: Validated.
  package init(
    stepCount: Int, conditionTokenCount: Int, configuration: Configuration = .layered
  ) {
    let mu = (Double(conditionTokenCount) / 256).squareRoot()
    self.init(stepCount: stepCount, mu: mu, configuration: configuration)
  }

  /// - Parameters:
  ///   - stepCount: At least 1.
  ///   - mu: The shift by the picture's size, 2.5 at 640 x 640; not read where shifting is static.
  ///   - configuration: Validated.
  package init(stepCount: Int, mu: Double, configuration: Configuration = .layered) {
    // The order of operations and the types are those of the reference, so that the bits are too.
    let stride = -1 / Double(stepCount)
    var sigmas = (0..<stepCount).map { Float(Double($0) * stride + 1) }
    if configuration.usesDynamicShifting {
      let shift = Float(configuration.timeShift == .linear ? mu : exp(mu))
      sigmas = sigmas.map { shift / (shift + (1 / $0 - 1)) }
    } else {
      let shift = Float(configuration.shift)
      let excess = Float(configuration.shift - 1)
      sigmas = sigmas.map { shift * $0 / (1 + excess * $0) }
    }
    // A single step starts at 1, which no stretching moves.
    if let terminal = configuration.terminalSigma, let last = sigmas.last, last < 1 {
      let scale = (1 - last) / Float(1 - terminal)
      sigmas = sigmas.map { 1 - (1 - $0) / scale }
    }
    let timestepCount = Float(configuration.trainingTimestepCount)
    steps = sigmas.indices.map { index in
      Step(
        index: index, sigma: sigmas[index],
        nextSigma: index + 1 < sigmas.count ? sigmas[index + 1] : 0,
        timestep: sigmas[index] * timestepCount)
    }
  }

  /// The time that the model is told, of the latents' type: the timestep is rounded to it, then divided by 1000.
  ///
  /// - Returns: Shape `[batch]`.
  package func modelTime(
    of step: Step, batch: Int, dtype: DType, device: Device
  ) throws(TorchError) -> Tensor {
    try Tensor.full(Double(step.timestep), shape: [batch], dtype: dtype, device: device) / 1000
  }

  /// Moves latents along the velocity from one noise level to the next.
  ///
  /// - Parameters:
  ///   - latents: Any shape.
  ///   - velocity: Noise minus data, of the same shape and type.
  ///   - step: The interval.
  /// - Returns: Latents of the same type; the sum is made in float32, the product in the type of the velocity.
  /// - Throws: ``TorchError``.
  package func advance(
    _ latents: Tensor, along velocity: Tensor, over step: Step
  ) throws(TorchError) -> Tensor {
    let difference = try Tensor.full(
      Double(step.nextSigma - step.sigma), shape: [], dtype: velocity.dtype, device: velocity.device
    )
    let sum = try latents.converted(to: .float32) + difference * velocity
    return try sum.converted(to: velocity.dtype)
  }
}
