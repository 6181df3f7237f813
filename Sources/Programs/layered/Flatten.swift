import ArgumentParser
import AtomicFiles
import Compositing
import DocumentFormats
import DocumentModel
import ImageCodecs
import OneLine
import Raster

/// `layered flatten`: merges a document to one picture.
struct Flatten: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merge the visible layers of a document to a picture.",
    discussion: """
      Reads what inspect reads. The ending of PICTURE says what is written: .png, .webp (lossless), or .jpg \
      (quality 95). Where no layer shows, PNG and WebP are transparent and JPEG is white, unless a background is \
      given. PNG is merged and written band by band, so that memory follows the layers and not the canvas.
      """)

  @Argument(help: "The document.", completion: .file()) var document: String

  @Option(name: .shortAndLong, help: ArgumentHelp("The picture to write.", valueName: "picture"))
  var output: String

  @Option(
    help: ArgumentHelp("What lies below all layers: \(RGBAPixel.forms).", valueName: "colour"))
  var background: String?

  @Flag(help: "Replaces what exists at PICTURE.") var force = false

  @Flag(help: "Reads on where a layer is broken, without its pixels or masks.") var lenient = false

  func validate() throws {
    let encoding = try encoding
    guard let background else { return }
    guard let color = RGBAPixel(named: background) else {
      throw ValidationError("--background '\(background)' is not \(RGBAPixel.forms)")
    }
    guard encoding.format != .jpeg || color.alpha == 255 else {
      throw ValidationError("--background '\(background)' is transparent, and JPEG is not")
    }
  }

  private var encoding: ImageEncoding {
    get throws {
      let name = output.lowercased()
      if name.hasSuffix(".png") { return .png }
      if name.hasSuffix(".webp") { return .losslessWebP }
      if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") { return .jpeg(quality: 95) }
      throw ValidationError("-o '\(output)' ends in none of .png, .jpg, .jpeg and .webp")
    }
  }

  func run() throws {
    let encoding = try encoding
    try AtomicFile(at: output, overwriting: force).discard()
    let opened = try OpenedDocument(contentsOf: document, isLenient: lenient)
    StandardError.writeWarnings(opened.warnings, of: document)
    let canvas = opened.document.canvas
    guard max(canvas.width, canvas.height) <= encoding.format.maximumSide else {
      throw ImageCodecError(.sideTooLong(encoding.format, size: canvas), path: output)
    }
    let white = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255)
    let background =
      background.flatMap(RGBAPixel.init(named:)) ?? (encoding.format == .jpeg ? white : .clear)

    // Merged in the document's colours, as it is meant to look, and then made sRGB.
    let profile = opened.document.profile.flatMap { ColorProfile($0, of: .rgb) }
    func finished(_ merged: RasterImage) throws(RasterError) -> RasterImage {
      try (profile.map(merged.convertedToSRGB(from:)) ?? merged).laid(over: background)
    }

    let file = try AtomicFile(at: output, overwriting: force)
    if encoding == .png {
      let writer = try PNGRowWriter(size: canvas, to: file.write)
      try opened.compositeBands(isLenient: lenient) { band in
        try Task.checkCancellation()
        try writer.append(finished(band))
      }
      try writer.finish()
    } else {
      try file.write(finished(opened.composite(isLenient: lenient)).encoded(as: encoding))
    }
    try Task.checkCancellation()
    try file.commit()
    try StandardOutput.write("\(onOneLine(output)): \(canvas)\n")
  }
}

extension RasterImage {
  /// This image over a plain colour; unchanged over a clear one.
  fileprivate func laid(over color: RGBAPixel) throws(RasterError) -> RasterImage {
    guard color.alpha > 0 else { return self }
    return try RasterImage(size: size, filledWith: color).composited(under: self)
  }
}
