import Glibc

/// The learning rate of each step: a linear rise, then constant or falling.
package struct LearningRateSchedule: Hashable, Sendable {
  /// What follows the rise.
  package enum Decay: String, Hashable, Sendable, CaseIterable {
    case constant
    /// Down to the final rate along a line.
    case linear
    /// Down to the final rate along half a period of a cosine.
    case cosine
  }

  /// The highest rate, above 0.
  package var peak: Double
  /// Steps of the rise; the first of them already moves.
  package var warmUpStepCount: Int
  /// What follows the rise.
  package var decay: Decay
  /// Steps of the whole run, the rise included; afterwards the rate is the final one.
  package var stepCount: Int
  /// The rate at the end, 0 or above; of no matter where the rate is constant.
  package var final: Double

  /// Makes a schedule of its parts.
  package init(
    peak: Double, warmUpStepCount: Int = 0, decay: Decay = .constant, stepCount: Int,
    final: Double = 0
  ) {
    self.peak = peak
    self.warmUpStepCount = warmUpStepCount
    self.decay = decay
    self.stepCount = stepCount
    self.final = final
  }

  /// The rate of a step, counted from 0.
  package func rate(atStep step: Int) -> Double {
    if step < warmUpStepCount { return peak * Double(step + 1) / Double(warmUpStepCount) }
    let length = max(stepCount - warmUpStepCount, 1)
    let done = min(Double(step - warmUpStepCount) / Double(length), 1)
    return switch decay {
    case .constant: peak
    case .linear: peak + (final - peak) * done
    case .cosine: final + (peak - final) * (1 + cos(.pi * done)) / 2
    }
  }
}
