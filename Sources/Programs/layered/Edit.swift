import ArgumentParser
import DocumentFormats
import DocumentModel
import Editing
import ImageCodecs
import OneLine

/// `layered edit`: changes single layers of a document.
struct Edit: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Change single layers of a document and leave the others as they are.",
    usage:
      "layered edit IN -o OUT --layer NAME|PLACE OPERATION … [--layer NAME|PLACE OPERATION …] …",
    discussion: EditArguments.help)

  @Argument(parsing: .captureForPassthrough, help: .hidden) var arguments: [String] = []

  func validate() throws {
    _ = try EditArguments(arguments)
  }

  func run() throws {
    let request = try EditArguments(arguments)
    let destination = try DocumentDestination(request.output, overwriting: request.isOverwriting)
    let opened = try OpenedDocument(contentsOf: request.input, isLenient: request.isLenient)
    StandardError.writeWarnings(opened.warnings, of: request.input)
    var document = opened.document
    var path: NodePath?
    for step in request.steps {
      try Task.checkCancellation()
      do {
        switch step.action {
        case .select(let selector): path = try document.path(to: selector)
        case .apply(let operation):
          // The arguments select before they edit.
          let edited = try document.edited(at: path ?? NodePath([]), by: operation())
          (document, path) = (edited.document, edited.path)
        }
      } catch let error as EditingError {
        throw EditFailure(option: step.option, error: error)
      }
    }
    let losses = try destination.write(document, updating: opened)
    StandardError.writeWarnings(losses, of: request.output)
    try StandardOutput.write(
      "\(onOneLine(request.output)): \(destination.format.name), \(document.canvas), "
        + "\(document.layers.count) layers\n")
  }
}

/// An operation that a document does not allow.
struct EditFailure: Error, CustomStringConvertible {
  /// The option as it was given, without its value.
  let option: String
  let error: EditingError

  var description: String { "\(option): \(error)" }
}
