import ArgumentParser

/// The program: one file per command.
@main
struct Layered: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layered", abstract: "Takes a picture apart into editable RGBA layers.", version: "0.1.0")
}
