import Benchmarking
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
    #expect(try benchmark(program: "/bin/true").map(\.work.kind) == [.textPrefill])
  }

  @Test func programThatFailsIsNamed() {
    let benchmark = Benchmark(sizes: .tiny, kinds: [.startUp], runCount: 1, warmUpCount: 0)
    #expect(throws: StartFailure.self) { _ = try benchmark(program: "/bin/false") }
    #expect(throws: StartFailure.self) { _ = try benchmark(program: "/no/such/program") }
  }
}
