import ArgumentParser
import Checkpoints
import DocumentFormats
import ImageCodecs
import LayerDecomposition
import OneLine
import Raster
import TextEncoder
import Weights

/// `layered decompose`: takes pictures apart.
struct Decompose: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Takes pictures apart into RGBA layers.",
    discussion: """
      Writes a folder with layer-00.png (the bottom), layer-01.png and so on, composite.png (the layers over one \
      another) and layers.json. Of several pictures each gets a folder of its own inside OUT. Of one picture the \
      result may be a document: OUT then ends in \(DocumentFormat.writtenEndings); a ZIP archive holds the \
      files of the folder, in the others each layer is cropped to the pixels that show.

      The picture is stretched to a working size of about RESOLUTION squared pixels with sides in multiples of 32; \
      layers have that size. Its alpha is not read: every pixel counts as opaque, as in the model's training. \
      The defaults are the model's own, else those of the official application: 640 pixels, 50 steps, guidance 4. \
      Without a prompt the text encoder describes the picture first, where the model's was trained to.
      """)

  @Argument(help: "PNG, JPEG or WebP files.") var pictures: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder or document to write.", valueName: "out"))
  var output = "layers"

  @OptionGroup var model: ModelOptions

  @Option(help: "Layers to find, 1 to 64.") var layers = 4

  @Option(
    help: ArgumentHelp(
      "The working area is about this many pixels squared: a multiple of 32 from 64 to 2048.",
      valueName: "px"))
  var resolution: Int?

  @Option(help: "Denoising steps, 1 to 1000.") var steps: Int?

  @Option(help: "The seed of the noise, 0 to 2^64 - 1; its low 32 bits count.") var seed: UInt64 =
    777

  @Option(help: "What the whole picture shows; found by the text encoder where it is empty.")
  var prompt: String?

  @Option(help: "What to steer away from.") var negativePrompt = " "

  @Option(help: "How far to steer from the negative prompt, 0 to 100; no guidance at 1 or below.")
  var guidanceScale: Double?

  @Flag(inversion: .prefixedNo, help: "Whether guidance keeps the length of each velocity.")
  var normalizeGuidance = true

  @Option(help: "The language of a caption: en or zh.")
  var captionLanguage: CaptionLanguage = .english

  @Option(
    help: ArgumentHelp(
      "Noise to start from: tensor 'noise' of shape [1, layers + 1, 16, h/8, w/8].",
      valueName: "file.safetensors"))
  var noise: String?

  @Option(
    help: ArgumentHelp(
      "Writes prompt_embeds, condition_latents, final_latents and sigmas of one picture.",
      valueName: "file.safetensors"))
  var dump: String?

  @Option(
    help: ArgumentHelp(
      "A low-rank adapter of the transformer and its strength, 1 unless given; several add up.",
      valueName: "file[:weight]"))
  var lora: [AdapterFile] = []

  @Flag(
    inversion: .prefixedNo,
    help: "Whether adapters become part of the weights; apart they take longer and round less.")
  var mergeLora = true

  @Option(
    help: ArgumentHelp(
      "Draws every picture, what its layers compose, and the layers from the back, side by side.",
      valueName: "file.png"))
  var contactSheet: String?

  @Flag(help: "Replaces the results of an earlier run in OUT, the dump and the contact sheet.")
  var force = false
  @Flag(help: "No progress on standard error.") var quiet = false

  private func options(_ preferences: ModelPreferences) -> DecompositionOptions {
    DecompositionOptions(
      layerCount: layers, resolution: resolution ?? preferences.resolution ?? 640,
      stepCount: steps ?? preferences.stepCount ?? 50, seed: seed,
      negativePrompt: negativePrompt,
      guidanceScale: guidanceScale ?? preferences.guidanceScale ?? 4,
      normalizesGuidance: normalizeGuidance,
      describesPictures: preferences.writesCaptions ?? true, captionLanguage: captionLanguage,
      precision: model.precision, device: model.device)
  }

  func validate() throws {
    guard !pictures.isEmpty else {
      throw ValidationError("Missing expected argument '<pictures> ...'")
    }
    guard dump == nil || pictures.count == 1 else {
      throw ValidationError("--dump takes one picture, not \(pictures.count)")
    }
    let format = DecompositionResults.format(at: output)
    guard format == .folder || pictures.count == 1 else {
      throw ValidationError(
        "A \(format.name) file takes one picture, not \(pictures.count); give a folder to -o")
    }
  }

  func run() async throws {
    let folder = try model.folder()
    let preferences = try model.preferences()
    let options = options(preferences)
    try options.validate()
    let display = ProgressDisplay(isQuiet: quiet, names: pictures)
    let noise = try noise.map { try NumberArray(tensor: "noise", ofFile: $0) }
    let requests = try pictures.map { path in
      let decoded = try DecodedImage(contentsOf: path)
      for warning in decoded.warnings { display.report(.warning("\(path): \(warning)")) }
      try options.requireWorkingSize(of: decoded.image, at: path)
      return DecompositionRequest(picture: decoded.image, prompt: prompt, noise: noise)
    }
    let results = try DecompositionResults(
      at: output, pictures: pictures, isOverwriting: force,
      run: .init(model: folder, seed: seed, steps: options.stepCount))
    let dumpFile = try dump.map { try DumpFile(at: $0, isOverwriting: force) }
    let sheet = try contactSheet.map {
      try ContactSheet(at: $0, rowCount: pictures.count, isOverwriting: force)
    }

    let engine = try DecompositionEngine(
      modelFolder: folder, adapters: lora, mergesAdapters: mergeLora)
    try await engine.decompose(requests, options: options, report: display.report) {
      index, result in
      display.finish()
      try dumpFile?.write(result.record)
      try sheet?.show(requests[index].picture, result.stack, inRow: index)
      let (path, warnings) = try results.write(result, at: index)
      for warning in warnings { display.report(.warning("\(path): \(warning)")) }
      try StandardOutput.write(
        "\(onOneLine(path)): \(result.stack.layers.count) layers, \(result.stack.canvas.width) x "
          + "\(result.stack.canvas.height), \(RecompositionText(result.recomposition))\n")
    }
    try sheet?.write()
  }
}

extension DecompositionOptions {
  /// Finds before the work a picture that fits no working size, and says which it is.
  func requireWorkingSize(of image: RasterImage, at path: String) throws(UnsuitablePicture) {
    do throws(UnsuitablePicture) {
      _ = try workingSize(of: image.size)
    } catch var error {
      error.path = path
      throw error
    }
  }
}
