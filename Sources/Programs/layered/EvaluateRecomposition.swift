import ArgumentParser
import AtomicFiles
import Compositing
import DocumentFormats
import DocumentModel
import Evaluation
import Foundation
import ImageCodecs
import OneLine
import Raster

/// `layered evaluate recomposition`: whether layers give a picture back.
struct EvaluateRecomposition: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recomposition", abstract: "Judges whether layers give a picture back.",
    discussion: """
      From 35 dB on the picture is given back well, from 28 dB on acceptably. A layer is empty where under 0.1 % of \
      its pixels have alpha above 8 of 255; duplicates differ nowhere by more than 8; a layer copies the picture \
      where it is opaque and within 8 of it for over 95 % of the pixels. A picture of another size is resized to the \
      layers' first.
      """)

  @Argument(help: "The picture.", completion: .file()) var picture: String
  @Argument(help: "A document, or a folder of layers.", completion: .file()) var layers: String

  @Option(
    help: ArgumentHelp(
      "Writes a PNG of where the layers miss: black nowhere, white at 64 of 255 and above.",
      valueName: "file.png"))
  var heatMap: String?

  @Flag(help: "Prints the figures as JSON.") var json = false
  @Flag(help: "Replaces FILE.png.") var force = false

  func run() throws {
    if let heatMap { try AtomicFile(at: heatMap, overwriting: force).discard() }
    let stack = try Self.stack(at: layers)
    let decoded = try DecodedImage(contentsOf: picture).image
    let resized = try decoded.withOpaqueAlpha().resized(to: stack.canvas, using: .lanczos)
    let verdict = try RecompositionVerdict(
      of: stack, from: decoded.size == stack.canvas ? decoded : resized)
    if let heatMap {
      try AtomicFile.write(
        verdict.heatMap(size: stack.canvas).encoded(as: .png), to: heatMap, overwriting: force)
    }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
      try StandardOutput.write(
        String(decoding: try encoder.encode(verdict), as: UTF8.self) + "\n")
    } else {
      try StandardOutput.write(Self.text(of: verdict, path: layers))
    }
  }

  /// The layers of a folder of pictures, or those of a document, each by itself on the canvas.
  private static func stack(at path: String) throws -> LayerStack {
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
      !FileManager.default.fileExists(atPath: path + "/layers.json")
    {
      return try SampleFolders.stack(in: path)
    }
    let document = try OpenedDocument(contentsOf: path).document
    let visible = document.entries.filter { $0.node.attributes.isVisible }
    let images = try visible.compactMap { entry -> RasterImage? in
      guard case .layer(var layer) = entry.node, layer.pixels != nil else { return nil }
      layer.attributes.blendMode = .normal
      layer.attributes.isClipped = false
      return try LayeredDocument(canvas: document.canvas, nodes: [.layer(layer)]).composite()
    }
    return try LayerStack(canvas: document.canvas, layers: images)
  }

  private static func text(of verdict: RecompositionVerdict, path: String) -> String {
    let psnr = verdict.psnr.map { String(format: "%.2f dB", $0) } ?? "exact"
    var text =
      "\(onOneLine(path)): \(verdict.verdict)\n  \(psnr), maximum error \(verdict.maximumError), "
      + "99.9 % of pixels within \(verdict.error999)\n"
    for (index, layer) in verdict.layers.enumerated() {
      let percent = { (share: Double) in String(format: "%.1f %%", share * 100) }
      text +=
        "  layer \(index): covers \(percent(layer.coverage)), fringe \(percent(layer.fringe)), "
        + "colour under \(percent(layer.hiddenColor)) of what is transparent"
      if layer.isEmpty { text += ", empty" }
      if let other = layer.duplicateOf { text += ", the same as layer \(other)" }
      if layer.copiesPicture { text += ", the picture again" }
      text += "\n"
    }
    return text
  }
}
