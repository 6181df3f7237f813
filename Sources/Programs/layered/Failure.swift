import ArgumentParser
import AssetDrawing
import Assets
import AtomicFiles
import Checkpoints
import Datasets
import DocumentFormats
import Evaluation
import Glibc
import ImageCodecs
import LayerDecomposition
import OneLine
import ProcessGroups
import RegularFiles
import Safetensors
import Settings
import Shards
import TextEncoder
import Tokenizers
import Torch
import Training
import Weights

/// How the program ends when a command throws: one line on standard error and an exit code of sysexits.
enum Failure {
  private static let failure: Int32 = 1
  private static let usage: Int32 = 64
  private static let badData: Int32 = 65
  private static let cannotOpenInput: Int32 = 66
  private static let cannotCreateOutput: Int32 = 73
  private static let inputOutput: Int32 = 74
  /// A failure that trying again may mend.
  private static let resumable: Int32 = 75

  static func exit(_ error: any Error) -> Never {
    if error is CancellationError { Interruption.exit() }
    if let error = error as? OptionError {
      write("--\(error)")
      Glibc.exit(usage)
    }
    // The parser's own errors and requests for help carry their text and code.
    guard let code = code(of: error) else { Layered.exit(withError: error) }
    write("\(error)")
    Glibc.exit(code)
  }

  /// The exit code of an error of ours, or nil for one of the argument parser.
  private static func code(of error: any Error) -> Int32? {
    switch error {
    case let error as ImageCodecError:
      error.isInputUnavailable ? cannotOpenInput : badData
    case let error as CheckpointError:
      error.isUnopenedInput ? cannotOpenInput : badData
    case let error as DocumentFileError:
      error.isInputUnavailable ? cannotOpenInput : badData
    case let error as EditFailure: error.error.isOfUsage ? usage : badData
    case is ResumableStop, is ProcessGroupError: resumable
    case let error as SettingsError: error.isUnopenable ? cannotOpenInput : badData
    case is DifferentRun, is NothingScored, is NoCaptions: badData
    case is UnlistableFolder: cannotOpenInput
    case let error as OutputError:
      error.isInputOutput ? inputOutput : cannotCreateOutput
    case is UnwritableDocument: cannotCreateOutput
    case let error as ShardError: error.isInputUnavailable ? cannotOpenInput : badData
    case is InvalidConfiguration: badData
    case is UnreadableFolder: cannotOpenInput
    case let error as DatasetError: exitCode(of: error)
    case let error as AssetPackError: error.isUnopenable ? cannotOpenInput : badData
    case let error as AssetBuildError: error.isUnopenable ? cannotOpenInput : failure
    case is UnwritableName: usage
    case let error as SafetensorsError where error.isOutOfMemory: failure
    case let error as SafetensorsError: error.isUnopenable ? cannotOpenInput : badData
    case let error as ConfigurationError: error.isUnopenable ? cannotOpenInput : badData
    case let error as TokenizerError: error.isUnopenable ? cannotOpenInput : badData
    case let error as NonFiniteLatents: error.weight == nil ? failure : badData
    case is AdapterError, is WeightError, is MismatchedParts, is PromptTooShort,
      is UnsuitablePicture,
      is UnsuitableNoise,
      is ExtremeAspectRatio, is TokenLimitError:
      badData
    case is ValidationError, is CleanExit, is ExitCode: nil
    default:
      // Errors of the parser are private types of its module.
      Layered.exitCode(for: error) == .failure ? failure : nil
    }
  }

  private static func exitCode(of error: DatasetError) -> Int32 {
    switch error {
    case .inUse, .otherConfiguration: cannotCreateOutput
    case .badManifest, .partsDiffer, .incompleteParts, .badRequest: badData
    // What a worker ends with where it cannot write holds for the build.
    case .workerFailed(_, let code) where [cannotCreateOutput, inputOutput].contains(code): code
    case .cannotStart, .workerFailed, .lostSample: failure
    }
  }

  private static func write(_ text: String) {
    StandardError.write("layered: \(onOneLine(text))\n")
  }
}
