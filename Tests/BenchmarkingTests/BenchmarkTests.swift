import Benchmarking
import DiffusionTransformer
import Testing

@Suite struct BenchmarkTests {
  private func measurement(_ seconds: [Double]) -> Measurement {
    Measurement(
      work: BenchmarkedWork(kind: .startUp, configuration: "", sizes: [:]), precision: nil,
      seconds: seconds, magnitude: nil)
  }

  @Test func medianIsTheMiddleRunOrTheMeanOfTheTwoMiddleOnes() {
    #expect(measurement([3, 1, 2]).median == 2)
    #expect(measurement([4, 1, 2, 3]).median == 2.5)
    #expect(measurement([]).median == nil)
  }

  @Test func everyWorkRunsInItsPrecisionsAsOftenAsAsked() throws {
    let benchmark = Benchmark(sizes: .tiny, runCount: 2, warmUpCount: 0)
    var reported = 0
    let measurements = try benchmark(program: "/bin/true") { _ in reported += 1 }
    #expect(reported == measurements.count)
    #expect(
      measurements.count == BenchmarkSizes.tiny.works.reduce(0) { $0 + max(1, $1.precisions.count) }
    )
    #expect(Set(measurements.map(\.work.kind)) == Set(BenchmarkedWork.Kind.allCases))
    for measurement in measurements {
      #expect(measurement.seconds.count == 2)
      #expect(measurement.seconds.allSatisfy { $0 > 0 })
      if measurement.work.kind != .startUp {
        // Activations of random weights neither vanish nor explode.
        #expect((0.01...100).contains(try #require(measurement.magnitude)))
      }
    }
  }

  @Test func onlyTheNamedKindsRun() throws {
    let benchmark = Benchmark(
      sizes: .tiny, kinds: [.textPrefill], runCount: 1, warmUpCount: 0)
    #expect(try Set(benchmark(program: "/bin/true").map(\.work.kind)) == [.textPrefill])
  }

  @Test func programThatFailsIsNamed() {
    let benchmark = Benchmark(sizes: .tiny, kinds: [.startUp], runCount: 1, warmUpCount: 0)
    #expect(throws: StartFailure.self) { _ = try benchmark(program: "/bin/false") }
    #expect(throws: StartFailure.self) { _ = try benchmark(program: "/no/such/program") }
  }
}

@Suite struct ComponentBenchmarkTests {
  @Test(arguments: BenchmarkPrecision.allCases)
  func blockTellsItsTimesItsWorkAndTheMachinesPeak(precision: BenchmarkPrecision) throws {
    let benchmark = try ComponentBenchmark(precision: precision, repeats: 3)
    let found = try benchmark.block(
      tokens: 12, textTokens: 3,
      configuration: TransformerConfiguration(
        headCount: 2, headWidth: 32, rotaryWidths: [8, 12, 12]))
    #expect(found.seconds.count == 3 && found.seconds.allSatisfy { $0 > 0 })
    #expect(found.seconds.sorted()[1] == found.medianSeconds)
    #expect((found.leastSeconds...found.mostSeconds).contains(found.medianSeconds))
    // 24 D² products and additions a token, 24 D² for the modulations, attention of 15 tokens.
    let width = 64.0
    #expect(
      found.counts?.operations == 24 * width * width * 15 + 24 * width * width + 4 * 15 * 15 * width
    )
    #expect(found.peak.copiedBytesPerSecond > 1e8)
    #expect(found.peakMemory > 1 << 20)
  }

  @Test func sharesAreOfThePeak() throws {
    let benchmark = try ComponentBenchmark(precision: .float32, repeats: 1)
    let both = try benchmark.attention(tokens: 40, heads: 2, headWidth: 16)
    #expect(both.map(\.component) == ["attention", "attention-libtorch"])
    #expect(both.allSatisfy { ($0.relativeError ?? 1) < 1e-5 })
    let found = both[0]
    let rate = found.peak.operationsPerSecond
    guard rate > 0 else { return }
    let share = try #require(found.shareOfPeak)
    #expect(abs(share * rate * found.medianSeconds / (4 * 40 * 40 * 32) - 1) < 1e-9)
  }
}
