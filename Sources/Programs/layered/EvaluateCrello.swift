import ArgumentParser
import Evaluation
import OneLine

/// `layered evaluate crello-references`: references as LayerD's tool writes them.
struct EvaluateCrello: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crello-references",
    abstract: "Makes the references of LayerD's evaluation from renderings of Crello's elements.",
    discussion: """
      ELEMENTS holds a folder for each design with every element alone on the transparent canvas as a PNG file, back to \
      front by their names, and may hold the element's own picture under the same name in its folder `sources`. Elements \
      whose own picture nowhere reaches full opacity are left out, and those below one that covers the canvas; white goes \
      below where the bottom does not cover it. DIR/references is for `evaluate layers --references`, DIR/pictures has \
      the pictures to decompose.
      """)

  @Argument(help: "The folder of designs.", completion: .directory) var elements: String

  @Option(
    name: [.short, .long], help: ArgumentHelp("Where the references go.", valueName: "dir"))
  var output: String

  @Flag(help: "Replaces files of an earlier run.") var force = false
  @Flag(help: "No progress on standard error.") var quiet = false

  func run() throws {
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let outcome = try CrelloFolders(path: elements).writeReferences(
      to: output, overwriting: force
    ) { done, total in
      if done.isMultiple(of: 100) || done == total { display.status("wrote \(done) of \(total)") }
    }
    display.finish()
    EvaluationOutputs.name(outcome.skipped, isPartial: outcome.isPartial, on: display)
    guard outcome.writtenCount > 0 else { throw NothingScored(folder: elements) }
    try StandardOutput.write("\(onOneLine(output)): \(outcome.writtenCount) designs\n")
  }
}
