import ArgumentParser
import AtomicFiles
import Checkpoints
import Glibc
import ImageCodecs
import LayerDecomposition
import Safetensors
import TextEncoder
import Tokenizers
import Torch
import Weights

/// How the program ends when a command throws: one line on standard error and an exit code of sysexits.
enum Failure {
  private static let usage: Int32 = 64
  private static let badData: Int32 = 65
  private static let cannotOpenInput: Int32 = 66
  private static let cannotCreateOutput: Int32 = 73
  private static let inputOutput: Int32 = 74

  static func exit(_ error: any Error) -> Never {
    if error is CancellationError { Interruption.exit() }
    if let error = error as? OptionError {
      write("\(error.option.first == "-" ? "" : "--")\(error)")
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
    case let error as OutputError:
      error.isInputOutput ? inputOutput : cannotCreateOutput
    case is ConfigurationError, is SafetensorsError, is WeightError, is TokenizerError,
      is MismatchedParts:
      badData
    case is ValidationError, is CleanExit, is ExitCode: nil
    default:
      // Errors of the parser are private types of its module.
      Layered.exitCode(for: error) == .failure ? 1 : nil
    }
  }

  private static func write(_ text: String) {
    StandardError.write("layered: \(text)\n")
  }
}

/// Standard error, unbuffered.
enum StandardError {
  static let isTerminal = isatty(STDERR_FILENO) == 1

  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(
          STDERR_FILENO, bytes.baseAddress?.advanced(by: written), bytes.count - written)
        if count < 0, errno == EINTR { continue }
        // Nobody reads it: there is nothing left to say it to.
        guard count > 0 else { return }
        written += count
      }
    }
  }
}
