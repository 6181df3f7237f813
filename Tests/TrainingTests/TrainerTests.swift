import Checkpoints
import FileTesting
import FoundationEssentials
import LayerDecomposition
import LearningTesting
import Settings
import Shards
import Synchronization
import Testing
import Torch
import Weights

@testable import Training

@Suite struct TrainerTests {
  @Test func theLossFallsOnAFewSamples() async throws {
    let run = try TinyRun(
      """
      steps: 40
      learning-rate: {peak: 3e-3}
      caption-dropout: 0
      """, sampleCount: 2)
    let losses = try await run.train().compactMap(\.loss)
    #expect(losses.count == 40)
    let first = losses.prefix(8).reduce(0, +)
    #expect(losses.suffix(8).reduce(0, +) < first * 0.8)
  }

  @Test(arguments: TrainingStage.allCases)
  func everyStageTakesSteps(stage: TrainingStage) async throws {
    let run = try TinyRun("steps: 2", sampleCount: 3)
    var configuration = try run.configuration()
    configuration.taskWeights = stage.taskWeights
    let trainer = try Trainer(configuration, output: run.output)
    try trainer(run.samples)
    #expect(try run.tensors(step: 2).values.joined().allSatisfy(\.isFinite))
  }

  @Test func anInterruptedRunEndsWithTheSameBits() async throws {
    let run = try TinyRun(
      """
      steps: 8
      learning-rate: {peak: 1e-3, warm-up: 3, decay: cosine}
      average: {rate: 0.9}
      checkpoints: {every: 100}
      """)
    try await run.train(output: run.scratch.path + "/straight")
    try await run.train(stoppingAt: 3)
    let events = try await run.train(stoppingAt: 5)
    #expect(events.contains { if case .resumed = $0 { true } else { false } })
    try await run.train()
    let straight = try run.tensors(of: run.scratch.path + "/straight", step: 8)
    let pieces = try run.tensors(step: 8)
    #expect(straight.count == pieces.count && straight.keys.contains { $0.hasPrefix("average/") })
    for (name, values) in straight { #expect(values == pieces[name], "\(name)") }
    #expect(
      try Self.lines(run.output + "/metrics.jsonl").map(\.step) == Array(1...8))
    #expect(
      try Self.lines(run.output + "/metrics.jsonl").map(\.loss)
        == Self.lines(run.scratch.path + "/straight/metrics.jsonl").map(\.loss))
  }

  @Test func aCheckpointIsAModelThatTakesPicturesApart() async throws {
    let run = try TinyRun("steps: 2\naverage: {rate: 0.5}")
    try await run.train()
    let path = TrainingCheckpoint(folder: run.output + "/checkpoints").path(ofStep: 2)
    let files = try CheckpointFolder(path: path).openPipeline()
    let pipeline = try QwenImageLayeredPipeline(files)
    var options = DecompositionOptions(layerCount: 2, resolution: 64, stepCount: 1)
    options.precision = .float32
    var layerCount = 0
    let picture = try run.samples.trainingSample(at: 0).composite
    try pipeline(
      [DecompositionRequest(picture: picture, prompt: "squares")], options: options,
      report: { _ in }
    ) { _, result in layerCount = result.stack.layers.count }
    #expect(layerCount == 2)
  }

  @Test func aBrokenCheckpointIsPassedOverForTheOneBefore() async throws {
    let run = try TinyRun("steps: 6\ncheckpoints: {every: 2}")
    try await run.train(stoppingAt: 4)
    let newest = TrainingCheckpoint(folder: run.output + "/checkpoints").path(ofStep: 4)
    let path = newest + "/training/optimizer.safetensors"
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count - 5] ^= 1
    try bytes.write(to: URL(filePath: path))
    let events = try await run.train()
    #expect(events.warnings.contains { $0.contains("passed over") && $0.contains("step-00000004") })
    #expect(events.compactMap(\.step).first == 3)
  }

  @Test func otherSettingsAreRefusedWithAListOfThem() async throws {
    var run = try TinyRun("steps: 3\nlearning-rate: {peak: 1e-3}")
    try await run.train(stoppingAt: 1)
    run.settings = run.settings.replacing("1e-3", with: "2e-3")
    run.samples = try Compositions.samples(4)
    let changed = run
    let error = await #expect(throws: DifferentRun.self) { try await changed.train() }
    #expect(error?.differences.count == 2)
    #expect(error?.description.contains("learning rate") == true)
    #expect(error?.description.contains("samples") == true)
    let events = try await changed.train(allowsChanges: true)
    #expect(events.warnings.contains { $0.contains("learning rate") })
  }

  @Test func stepsThatAreNotFiniteAreSkippedAndThenEndTheRun() async throws {
    let run = try TinyRun(
      """
      steps: 20
      learning-rate: {peak: 10}
      gradient: {limit: 1e12, skips-in-a-row: 2}
      optimizer: {epsilon: 1e-20}
      """)
    var configuration = try run.configuration()
    configuration.run.learningRate.peak = 1e30
    let trainer = try Trainer(configuration, output: run.output)
    let error = #expect(throws: TooManySkippedSteps.self) { try trainer(run.samples) }
    #expect(error?.count == 3)
  }

  @Test func anUnreadableSampleIsLeftOutWithAWarning() async throws {
    var run = try TinyRun("steps: 1\nunreadable-limit: 1")
    run.samples = BrokenSource(samples: try Compositions.samples(4), broken: [2])
    let events = try await run.train()
    #expect(events.warnings.contains { $0.contains("sample 2 is left out") })
    #expect(events.contains { if case .started(_, 3, _, _) = $0 { true } else { false } })
    run.samples = BrokenSource(samples: try Compositions.samples(4), broken: [1, 2])
    let worse = run
    await #expect(throws: TooManyUnreadable.self) {
      try await worse.train(output: worse.scratch.path + "/other")
    }
  }

  @Test func aBrokenFileOfTheCacheIsMadeAgain() async throws {
    let run = try TinyRun("steps: 2")
    try await run.train(output: run.scratch.path + "/whole")
    try await run.train(stoppingAt: 1)
    let sample = try run.cacheFolder() + "/sample-00000001.safetensors"
    try Data("broken".utf8).write(to: URL(filePath: sample))
    let events = try await run.train()
    #expect(events.compactMap(\.step) == [2])
    #expect(try run.tensors(step: 2) == run.tensors(of: run.scratch.path + "/whole", step: 2))
  }

  @Test func aSampleThatIsLostInTheRunIsSkippedAndCounted() async throws {
    let run = try TinyRun("steps: 4")
    let warnings = Mutex<[String]>([])
    let trainer = try Trainer(run.configuration(), output: run.output) { event in
      switch event {
      case .warning(let text): warnings.withLock { $0.append(text) }
      case .stepped(let metrics) where metrics.step == 1:
        guard let cache = try? run.cacheFolder() else { return }
        for name in (try? ScratchFolder.names(in: cache)) ?? []
        where name != "blank.safetensors" && name != "sample-00000000.safetensors" {
          try? FileManager.default.removeItem(atPath: cache + "/" + name)
        }
      default: break
      }
    }
    try trainer(run.samples)
    #expect(warnings.withLock { $0 }.contains { $0.contains("cannot be read and is skipped") })
  }

  @Test func onlyTheChosenParametersAreTrained() async throws {
    let run = try TinyRun("steps: 1\ntrain: [attn.]\nfreeze: [to_add_out]")
    try await run.train()
    let names = try run.tensors(step: 1).keys
    #expect(names.allSatisfy { $0.contains("attn.") && !$0.contains("to_add_out") })
    let none = try TinyRun("steps: 1\ntrain: [no-such-layer]")
    await #expect(throws: NothingToTrain.self) { try await none.train() }
  }

  @Test func anAdapterThatWasTrainedIsReadLikeAnyOther() async throws {
    let run = try TinyRun(
      """
      steps: 3
      learning-rate: {peak: 1e-2}
      lora: {rank: 2, alpha: 4, layers: [attn.to_q, img_mlp]}
      """)
    try await run.train()
    let path =
      TrainingCheckpoint(folder: run.output + "/checkpoints").path(ofStep: 3) + "/"
      + TrainingCheckpoint.adapterName
    let files = try CheckpointFolder(path: run.configuration().run.model).openPipeline()
    let adapter = try LowRankAdapter(path: path)
    #expect(adapter.layers.allSatisfy { $0.contains("attn.to_q") || $0.contains("img_mlp") })
    _ = try QwenImageLayeredPipeline(files, adapters: Adapters([adapter]))
    let second = try run.tensors(step: 3).filter { $0.key.contains("lora_B") }
    #expect(second.values.joined().contains { $0 != 0 })
  }

  @Test func oldCheckpointsGoAndTheNewestStay() async throws {
    let run = try TinyRun("steps: 4\ncheckpoints: {every: 1, keep: 2}")
    try await run.train()
    #expect(
      try ScratchFolder.names(in: run.output + "/checkpoints")
        == ["step-00000003", "step-00000004"])
  }

  @Test func aSheetShowsWhatTheModelMakesOfSomeSamples() async throws {
    let run = try TinyRun("steps: 2\nsamples: {every: 2, count: 2, steps: 2}")
    let events = try await run.train()
    let paths = events.compactMap { if case .sheet(let path) = $0 { path } else { nil } }
    let path = try #require(paths.first)
    #expect(path.hasSuffix("samples/step-2.png"))
    #expect(try Data(contentsOf: URL(filePath: path)).count > 1000)
  }

  private static func lines(_ path: String) throws -> [TrainingMetrics] {
    try Data(contentsOf: URL(filePath: path)).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(TrainingMetrics.self, from: $0)
    }
  }
}

private struct Unreadable: Error {}

/// Samples of which some cannot be read.
private struct BrokenSource: SampleSource {
  let samples: [TrainingSample]
  let broken: Set<Int>

  var fingerprint: String { samples.fingerprint }
  var sampleCount: Int { samples.count }

  func trainingSample(at place: Int) throws -> TrainingSample {
    guard !broken.contains(place) else { throw Unreadable() }
    return samples[place]
  }
}

extension TrainingEvent {
  var metrics: TrainingMetrics? { if case .stepped(let metrics) = self { metrics } else { nil } }
  var loss: Double? { if case .stepped(let metrics) = self { metrics.loss } else { nil } }
  var step: Int? { if case .stepped(let metrics) = self { metrics.step } else { nil } }
}

extension [TrainingEvent] {
  var warnings: [String] {
    compactMap { if case .warning(let text) = $0 { text } else { nil } }
  }
}
