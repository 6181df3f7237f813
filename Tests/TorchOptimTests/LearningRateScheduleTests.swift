import Testing
import TorchOptim

@Suite struct LearningRateScheduleTests {
  @Test func theRateRisesToThePeakAndFallsToTheFinalOne() {
    let schedule = LearningRateSchedule(
      peak: 1, warmUpStepCount: 4, decay: .cosine, stepCount: 14, final: 0.1)
    #expect((0..<4).map(schedule.rate(atStep:)) == [0.25, 0.5, 0.75, 1])
    #expect(schedule.rate(atStep: 4) == 1)
    #expect(abs(schedule.rate(atStep: 9) - 0.55) < 1e-12)
    #expect(abs(schedule.rate(atStep: 14) - 0.1) < 1e-12)
    #expect(abs(schedule.rate(atStep: 1000) - 0.1) < 1e-12)
  }

  @Test func aLineFallsEvenlyAndAConstantStays() {
    var schedule = LearningRateSchedule(peak: 2, decay: .linear, stepCount: 4)
    #expect((0...5).map(schedule.rate(atStep:)) == [2, 1.5, 1, 0.5, 0, 0])
    schedule.decay = .constant
    #expect(schedule.rate(atStep: 1_000_000) == 2)
  }

  @Test func aRunOfNoStepsHasARate() {
    let schedule = LearningRateSchedule(peak: 1, decay: .cosine, stepCount: 0)
    #expect(schedule.rate(atStep: 0) == 1)
  }
}
