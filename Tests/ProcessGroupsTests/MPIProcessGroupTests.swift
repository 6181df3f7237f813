import FileTesting
import ProcessGroupTesting
import ProcessGroups
import Testing
import Torch
import TorchOptim

@Suite(
  .serialized,
  .enabled(if: !Launcher.all.isEmpty, "needs an mpirun: Debian's package openmpi-bin, or mpich"))
struct MPIProcessGroupTests {
  /// Runs a trial that has to end well, and gives what each rank said.
  private func lines(
    _ trial: Trial, _ launcher: Launcher, count: Int = 2
  ) throws -> [[String]] {
    let folder = try ScratchFolder()
    let outcome = try launcher(trial, count: count, in: folder.path)
    #expect(outcome.code == 0, "\(outcome.text)")
    for lines in outcome.lines { #expect(lines.last == "finished", "\(lines) \(outcome.text)") }
    return outcome.lines.map { $0.dropLast() }
  }

  @Test(arguments: Launcher.all) func sumsAreThoseOfOneProcess(launcher: Launcher) throws {
    let expected = try Trial.sumLengths.map { length in
      try trialSum(
        of: trialTensor("sum", rank: 0, [length]) + trialTensor("sum", rank: 1, [length]))
    }
    #expect(try lines(.sums, launcher) == [expected, expected])
  }

  @Test(arguments: Launcher.all) func threeProcessesGetTheSameBits(launcher: Launcher) throws {
    let lines = try lines(.sums, launcher, count: 3)
    #expect(lines[0].count == Trial.sumLengths.count)
    #expect(lines[1] == lines[0] && lines[2] == lines[0])
  }

  @Test(arguments: Launcher.all) func bytesAndTensorsArriveEverywhere(launcher: Launcher) throws {
    let ring = try trialSum(of: trialTensor("ring", rank: 0, [70_000]))
    let broadcasts = try (0..<3).map { root in
      try trialSum(of: trialTensor("broadcast", rank: root, [5, 3]).converted(to: .bfloat16))
    }
    let expected = ["[[], [1, 1, 1], [2, 2, 2, 2, 2, 2]]"] + broadcasts + [ring]
    #expect(
      try lines(.transfers, launcher, count: 3) == [expected, expected, expected])
  }

  @Test(arguments: Launcher.all) func bucketsGiveTheGradientsOfAllProcesses(
    launcher: Launcher
  ) throws {
    var expected: [String] = []
    for step in 0..<BucketTrial.stepCount {
      for (key, _) in BucketTrial.parameters {
        let found = try (0..<2).compactMap { rank -> Tensor? in
          var batches = try BucketTrial.gradients(of: key, rank: rank, step: step)
            .map { try $0.converted(to: .float32) }
          guard !batches.isEmpty else { return nil }
          let first = batches.removeFirst()
          return try batches.reduce(first) { try $0 + $1 }
        }
        let sum = found.count == 2 ? try found[0] + found[1] : found.first
        expected.append("\(step) \(key) \(try sum.map { try trialSum(of: $0) } ?? "none")")
      }
    }
    #expect(expected.contains { $0.hasSuffix("none") })
    #expect(try lines(.buckets, launcher) == [expected, expected])
  }

  /// Also of three processes, one of which then has a single parameter.
  @Test(arguments: Launcher.all, [2, 3]) func shardedOptimizerIsTheWholeOneToTheBit(
    launcher: Launcher, count: Int
  ) throws {
    let expected = try wholeOptimizer()
    let lines = try lines(.shards, launcher, count: count)
    #expect(lines[0] == expected)
    // What is collected for a checkpoint is at rank 0 only.
    let known = expected.filter { $0.hasPrefix("parameter") || $0.hasPrefix("steps") }
    for other in lines.dropFirst() { #expect(other == known) }
  }

  /// The steps of `Trial.shards` by an optimizer that is not divided.
  private func wholeOptimizer() throws -> [String] {
    var lines: [String] = []
    let parameters = try ShardTrial.parameters()
    var optimizer = try AdamW(parameters.map { try TrainedParameter($0.key, $0.computed) })
    for step in 0..<ShardTrial.stepCounts[0] {
      try optimizer.step(
        gradients: ShardTrial.gradients(ofStep: step), learningRate: ShardTrial.learningRate)
    }
    for (key, computed) in parameters { lines.append("\(key) \(try trialSum(of: computed))") }
    lines.append("steps \(optimizer.stepCounts)")
    let lists = [
      ("master", optimizer.parameters.map(\.master)), ("first", optimizer.moments.map(\.first)),
      ("second", optimizer.moments.map(\.second)),
    ]
    for (name, tensors) in lists {
      for (index, tensor) in tensors.enumerated() {
        lines.append("\(name) \(index) \(try trialSum(of: tensor))")
      }
    }
    for step in ShardTrial.stepCounts[0]..<ShardTrial.stepCounts[0] + ShardTrial.stepCounts[1] {
      try optimizer.step(
        gradients: ShardTrial.gradients(ofStep: step), learningRate: ShardTrial.learningRate)
    }
    for (key, computed) in parameters { lines.append("\(key) \(try trialSum(of: computed))") }
    return lines
  }

  @Test(arguments: Launcher.all) func killedProcessEndsTheOthers(launcher: Launcher) throws {
    let folder = try ScratchFolder()
    let outcome = try launcher(.killed, count: 2, in: folder.path)
    let code = try #require(outcome.code, "the launcher still runs: \(outcome.text)")
    #expect(code != 0)
    #expect(outcome.lines[1] == ["met"])
    #expect(outcome.lines[0].first == "met" && !outcome.lines[0].contains("summed"))
  }

  @Test(arguments: Launcher.all) func silentProcessIsLostAfterPatience(launcher: Launcher) throws {
    let folder = try ScratchFolder()
    let outcome = try launcher(.stalled, count: 2, in: folder.path, patience: 1)
    let code = try #require(outcome.code, "the launcher still runs: \(outcome.text)")
    #expect(code == 75, "\(outcome.text)")
    #expect(
      outcome.lines[0] == ["met", "error: lost another process in sum: no answer for 1 s"])
    #expect(outcome.lines[1] == ["met"])
  }
}
