import ArgumentParser
import DocumentFormats
import OneLine

/// `layered convert`: writes a document in another format.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a document in another format.",
    discussion: """
      The input is what its first bytes say; the ending of the output says what to write: \
      \(DocumentFormat.writtenEndings), or nothing for a folder with layers.json. What the format cannot hold \
      is told on standard error, in one line each. Layers keep their bytes where both formats are the same.
      """)

  @Argument(help: "The document to read.", completion: .file()) var input: String

  @Argument(help: "The document to write.", completion: .file()) var output: String

  @Flag(help: "Replaces what exists at OUTPUT, which may be the input.") var force = false

  @Flag(help: "Reads on where a layer is broken, without its pixels or masks.") var lenient = false

  func run() throws {
    let destination = try DocumentDestination(output, overwriting: force)
    let opened = try OpenedDocument(contentsOf: input, isLenient: lenient)
    StandardError.writeWarnings(opened.warnings, of: input)
    let losses = try destination.write(opened.document, updating: opened)
    StandardError.writeWarnings(losses, of: output)
    try StandardOutput.write(
      "\(onOneLine(output)): \(destination.format.name), \(opened.document.canvas), "
        + "\(opened.document.layers.count) layers\n")
  }
}

extension StandardError {
  /// Writes each warning on a line of its own.
  static func writeWarnings(_ warnings: [String], of path: String) {
    for warning in warnings { write("warning: \(onOneLine("\(path): \(warning)"))\n") }
  }
}
