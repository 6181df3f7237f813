import ArgumentParser
import Safetensors

/// The program: one file per command.
@main
struct Layered: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layered", abstract: "Takes a picture apart into editable RGBA layers.",
    version: "0.1.0",
    subcommands: [
      Decompose.self, Inspect.self, Convert.self, Edit.self, Flatten.self, Caption.self, Model.self,
      Generate.self, Dataset.self, Train.self, Evaluate.self, BenchmarkCommand.self,
    ])

  static func main() async {
    StandardStreams.prepare()
    ProcessLimits.requireRoom()
    Interruption.install()
    MappedFileFault.install()
    do {
      try await Interruption.run {
        var command = try parseAsRoot()
        if var command = command as? any AsyncParsableCommand {
          try await command.run()
        } else {
          try command.run()
        }
      }
    } catch {
      Failure.exit(error)
    }
  }
}
