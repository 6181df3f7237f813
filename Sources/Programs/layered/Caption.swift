import ArgumentParser
import ImageCodecs
import LayerDecomposition
import OneLine
import TextEncoder

/// `layered caption`: describes a picture as `decompose` does when it is given no prompt.
struct Caption: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Describes a picture in words.",
    discussion: """
      Prints the caption that decompose would use as the prompt for this picture: of the picture at the working \
      size, in the chosen language.
      """)

  @Argument(help: "A PNG, JPEG or WebP file.") var picture: String
  @OptionGroup var model: ModelOptions

  @Option(help: "The language of the caption: en or zh.")
  var captionLanguage: CaptionLanguage = .english

  @Option(
    help: ArgumentHelp("The working area is about this many pixels squared.", valueName: "px"))
  var resolution: Int?

  @Flag(help: "No progress on standard error.") var quiet = false

  func run() async throws {
    let preferences = try model.preferences()
    guard preferences.writesCaptions != false else { throw NoCaptions(model: try model.folder()) }
    let options = DecompositionOptions(
      resolution: resolution ?? preferences.resolution ?? 640, captionLanguage: captionLanguage,
      precision: model.precision,
      device: model.device)
    let display = ProgressDisplay(isQuiet: quiet, names: [picture])
    let decoded = try DecodedImage(contentsOf: picture)
    for warning in decoded.warnings { display.report(.warning("\(picture): \(warning)")) }
    try options.requireWorkingSize(of: decoded.image, at: picture)
    let caption = try await CaptionEngine(modelFolder: model.folder())
      .caption(decoded.image, options: options, report: display.report)
    display.finish()
    try StandardOutput.write("\(caption)\n")
  }
}

/// A model whose text encoder was not trained to describe pictures.
struct NoCaptions: Error, CustomStringConvertible {
  let model: String
  var description: String { onOneLine("\(model): this model's text encoder writes no captions") }
}
