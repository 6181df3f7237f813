import ArgumentParser
import AtomicFiles
import Checkpoints
import DocumentFormats
import DocumentModel
import ImageCodecs
import LayerDecomposition
import OneLine
import Raster

/// `layered generate`: layers of a text.
struct Generate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes RGBA layers of a text, with a model that was trained for it.",
    discussion: """
      OUT is a folder or a document as of decompose. With --layers 0 it is one picture with transparency, a PNG file.
      """)

  @Argument(help: "What the layers show together.") var text: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder, document or picture to write.", valueName: "out"))
  var output = "layers"

  @OptionGroup var model: ModelOptions

  @Option(help: "Layers to make, 0 to 64; 0 makes one picture.") var layers = 4

  @Option(
    help: ArgumentHelp(
      "The area is about this many pixels squared: a multiple of 32 from 64 to 2048.",
      valueName: "px"))
  var resolution: Int?

  @Option(help: ArgumentHelp("Width and height in any unit.", valueName: "w:h"))
  var aspect = AspectRatio(size: PixelSize(width: 1, height: 1))

  @Option(help: "Denoising steps, 1 to 1000.") var steps: Int?

  @Option(help: "The seed of the noise, 0 to 2^64 - 1; its low 32 bits count.") var seed: UInt64 =
    777

  @Option(help: "What to steer away from.") var negativePrompt = " "

  @Option(help: "How far to steer from the negative prompt, 0 to 100; no guidance at 1 or below.")
  var guidanceScale: Double?

  @Flag(inversion: .prefixedNo, help: "Whether guidance keeps the length of each velocity.")
  var normalizeGuidance = true

  @Option(
    help: ArgumentHelp(
      "A low-rank adapter of the transformer and its strength, 1 unless given; several add up.",
      valueName: "file[:weight]"))
  var lora: [AdapterFile] = []

  @Flag(help: "Replaces what is at OUT.") var force = false
  @Flag(help: "No progress on standard error.") var quiet = false

  private func options(_ preferences: ModelPreferences) -> DecompositionOptions {
    DecompositionOptions(
      layerCount: layers, resolution: resolution ?? preferences.resolution ?? 640,
      stepCount: steps ?? preferences.stepCount ?? 50, seed: seed,
      negativePrompt: negativePrompt,
      guidanceScale: guidanceScale ?? preferences.guidanceScale ?? 4,
      normalizesGuidance: normalizeGuidance, precision: model.precision, device: model.device)
  }

  private var isPicture: Bool { layers == 0 }

  func validate() throws {
    guard !isPicture || output.lowercased().hasSuffix(".png") else {
      throw ValidationError("--layers 0 makes one picture: give -o a name that ends in .png")
    }
  }

  func run() async throws {
    let display = ProgressDisplay(isQuiet: quiet, names: [])
    let destination =
      try isPicture
      ? nil
      : DocumentDestination(
        output, as: DecompositionResults.format(at: output), overwriting: force)
    if isPicture { try AtomicFile(at: output, overwriting: force).discard() }
    let options = options(try model.preferences())
    let engine = try DecompositionEngine(modelFolder: model.folder(), adapters: lora)
    let result = try await engine.generate(
      text, aspect: aspect.size, options: options, report: display.report)
    display.finish()
    if let destination {
      for warning in try destination.write(LayeredDocument(result.stack)) {
        display.line("warning: \(warning)", evenIfQuiet: true)
      }
    } else if let picture = result.stack.layers.first {
      try AtomicFile.write(picture.encoded(as: .png), to: output, overwriting: force)
    }
    let canvas = result.stack.canvas
    try StandardOutput.write(
      "\(onOneLine(output)): \(layers) layers, \(canvas.width) x \(canvas.height)\n")
  }
}

/// A width and a height of which the ratio counts, such as `3:2`.
struct AspectRatio: ExpressibleByArgument {
  let size: PixelSize

  init(size: PixelSize) { self.size = size }

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1],
      (1...10_000).contains(width), (1...10_000).contains(height)
    else { return nil }
    size = PixelSize(width: width, height: height)
  }

  var defaultValueDescription: String { "\(size.width):\(size.height)" }
}
