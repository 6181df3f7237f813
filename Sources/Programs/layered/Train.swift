import ArgumentParser
import FoundationEssentials
import LayerDecomposition
import OneLine
import ProcessGroups
import Shards
import Torch
import Training

/// `layered train`: the paper's stages.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains a model on samples of the dataset commands.",
    subcommands: [TrainVAE.self, TrainStage1.self, TrainStage2.self, TrainStage3.self])
}

struct TrainVAE: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae", abstract: "The autoencoder of pictures with transparency.",
    discussion: TrainingOptions.discussion)
  @OptionGroup var options: TrainingOptions

  func run() async throws {
    let configuration = try AutoencoderTrainingConfiguration(path: options.config)
    try options.run(configuration.run) { output, device, group, allowsChanges, report in
      try AutoencoderTrainer(
        configuration, output: output, device: device, group: group,
        allowsChanges: allowsChanges, report: report
      ).callAsFunction
    }
  }
}

struct TrainStage1: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage1", abstract: "Text to opaque and transparent pictures.",
    discussion: TrainingOptions.discussion)
  @OptionGroup var options: TrainingOptions
  func run() async throws { try options.runStage(.stage1) }
}

struct TrainStage2: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage2", abstract: "Text to a picture and its layers.",
    discussion: TrainingOptions.discussion)
  @OptionGroup var options: TrainingOptions
  func run() async throws { try options.runStage(.stage2) }
}

struct TrainStage3: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stage3", abstract: "Picture to layers.",
    discussion: TrainingOptions.discussion)
  @OptionGroup var options: TrainingOptions
  func run() async throws { try options.runStage(.stage3) }
}

/// What every stage is told.
struct TrainingOptions: ParsableArguments {
  static let discussion = """
    OUT holds checkpoints, each a model that every command reads, metrics.jsonl, TensorBoard's events, samples and the \
    cache of latents. Under mpirun or srun the processes share each step's batches. A run whose OUT has checkpoints goes on from the newest that is whole. SIGTERM and SIGINT write a \
    checkpoint after the step at work; the program then ends with code 75, and the same command goes on.
    """

  @Option(help: ArgumentHelp("The run, in YAML; see Recipes.", valueName: "file.yaml"))
  var config: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The folder of the run.", valueName: "out"))
  var output: String

  @Option(help: "cpu, cuda or mps.") var device: DecompositionOptions.ComputeDevice = .cpu

  @Flag(help: "Goes on from checkpoints of other settings, model or samples.")
  var allowChanges = false

  @Flag(help: "No progress on standard error.") var quiet = false

  /// Makes what trains, for the folder, the device, the processes, whether changes are allowed, and who is told.
  typealias MakeTrainer = (
    String, Device, any ProcessGroup, Bool, @escaping (TrainingEvent) -> Void
  ) throws -> (any SampleSource) throws -> Void

  func runStage(_ stage: TrainingStage) throws {
    let configuration = try TrainingConfiguration(path: config, stage: stage)
    try run(configuration.run) { output, device, group, allowsChanges, report in
      try Trainer(
        configuration, output: output, device: device, group: group,
        allowsChanges: allowsChanges, report: report
      ).callAsFunction
    }
  }

  func run(_ settings: RunSettings, _ makeTrainer: MakeTrainer) throws {
    guard !settings.data.isEmpty else {
      throw ValidationError("\(onOneLine(config)): 'data' names no folder of samples")
    }
    let readers = try settings.data.map { try ShardReader(folder: $0) }
    Interruption.allowSeconds(600)
    let group = try joinProcessGroup(
      environment: ProcessInfo.processInfo.environment, device: device.device)
    // The first of the processes speaks for all.
    let display = ProgressDisplay(isQuiet: quiet || group.rank > 0, names: [])
    let train = try makeTrainer(output, device.device, group, allowChanges, display.show)
    do {
      try train(JoinedSources(readers))
    } catch is CancellationError {
      try group.close()
      throw ResumableStop(output: output)
    }
    try group.close()
  }
}

/// A run that was stopped and that the same command goes on with.
struct ResumableStop: Error, CustomStringConvertible {
  let output: String

  var description: String {
    "stopped behind a checkpoint in \(onOneLine(output)); the same command goes on"
  }
}
