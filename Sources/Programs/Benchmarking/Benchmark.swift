import Glibc
import Torch

/// Times works one after the other on this machine.
package struct Benchmark: Sendable {
  package let sizes: BenchmarkSizes
  /// Only these kinds; nil: all.
  package let kinds: Set<BenchmarkedWork.Kind>?
  /// Timed runs of each work.
  package let runCount: Int
  /// Runs before the timed ones, in which caches and allocators settle.
  package let warmUpCount: Int

  package init(
    sizes: BenchmarkSizes, kinds: Set<BenchmarkedWork.Kind>? = nil, runCount: Int, warmUpCount: Int
  ) {
    self.sizes = sizes
    self.kinds = kinds
    self.runCount = runCount
    self.warmUpCount = warmUpCount
  }

  /// Runs everything.
  ///
  /// - Parameters:
  ///   - program: The path of the program whose start is timed, with `--help`.
  ///   - report: Told of each measurement as soon as it is there.
  /// - Returns: A measurement for each work and precision.
  /// - Throws: `TorchError`, ``StartFailure``, `CancellationError` between works.
  package func callAsFunction(
    program: String, report: (Measurement) -> Void = { _ in }
  ) throws -> [Measurement] {
    var measurements: [Measurement] = []
    for (work, precisions) in sizes.works where kinds?.contains(work.kind) ?? true {
      if work.kind == .startUp {
        measurements.append(try start(of: program, work))
        measurements.last.map(report)
      }
      for precision in precisions {
        try Task.checkCancellation()
        measurements.append(
          try withoutGradients {
            try measure(NetworkBenchmark(work: work, precision: precision))
          })
        measurements.last.map(report)
      }
    }
    return measurements
  }

  private func measure(_ benchmark: NetworkBenchmark) throws -> Measurement {
    let run = try benchmark.prepare()
    var result: Tensor?
    let seconds = try time { result = try run() }
    let magnitude = try result?.converted(to: .float32).magnitude().mean().values(as: Float.self)
    return Measurement(
      work: benchmark.work, precision: benchmark.precision.rawValue, seconds: seconds,
      magnitude: magnitude?.first.map(Double.init))
  }

  private func start(of program: String, _ work: BenchmarkedWork) throws -> Measurement {
    let seconds = try time { try runToEnd(program, "--help") }
    return Measurement(work: work, precision: nil, seconds: seconds, magnitude: nil)
  }

  /// The times of the runs after the warm-up, in seconds.
  private func time(_ body: () throws -> Void) rethrows -> [Double] {
    for _ in 0..<warmUpCount { try body() }
    return try (0..<runCount).map { _ in
      let duration = try ContinuousClock().measure(body)
      return Double(duration.components.seconds)
        + Double(duration.components.attoseconds) * 1e-18
    }
  }
}

/// A program that could not be started or failed.
package struct StartFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package let program: String
  package let reason: String

  package var description: String { "\(program): \(reason)" }
}

/// Runs a program to its end, its output thrown away.
private func runToEnd(_ program: String, _ argument: String) throws(StartFailure) {
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
  var words: [UnsafeMutablePointer<CChar>?] = [strdup(program), strdup(argument), nil]
  defer { words.forEach { free($0) } }
  var process: pid_t = 0
  let code = posix_spawn(&process, program, &actions, nil, &words, environ)
  guard code == 0 else {
    throw StartFailure(program: program, reason: String(cString: strerror(code)))
  }
  var status: Int32 = 0
  while waitpid(process, &status, 0) < 0 {
    guard errno == EINTR else {
      throw StartFailure(program: program, reason: String(cString: strerror(errno)))
    }
  }
  guard status == 0 else {
    throw StartFailure(program: program, reason: "ended with status \(status)")
  }
}
