import ArgumentParser
import DocumentFormats

/// `layered inspect`: says what a document holds.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the layers of a document and all that is known of them.",
    discussion: """
      Reads PSD, PSB, OpenRaster, ZIP archives and folders with layers.json, PNG, JPEG and WebP. Layers are listed \
      front to back, each with its place in the tree: 0 is the back, 2/0 the backmost member of the group at 2.
      """)

  @Argument(help: "The document.", completion: .file()) var document: String

  @Flag(help: "Report in JSON, layers back to front.") var json = false

  @Flag(help: "Reads on where a layer is broken, without its pixels or masks.") var lenient = false

  func run() throws {
    let opened = try OpenedDocument(contentsOf: document, isLenient: lenient)
    let inspection = DocumentInspection(opened, path: document)
    if json {
      try StandardOutput.write(inspection.json())
    } else {
      try StandardOutput.write(inspection.lines.map { $0 + "\n" }.joined())
      StandardError.writeWarnings(opened.warnings, of: document)
    }
  }
}
