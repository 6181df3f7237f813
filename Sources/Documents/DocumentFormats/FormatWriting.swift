import DocumentModel
import ImageCodecs
import LayerFiles
import OpenRaster
import PPTX
import PSD
import Raster

/// A document with all that the formats may want to know of it, and a call for each format.
struct FormatWriting {
  var document: LayeredDocument
  var original: OpenedDocument?
  var run: DecompositionRun?
  var composite: RasterImage?

  /// Gives the bytes of a file of a format to `sink`, part by part.
  ///
  /// - Returns: What the format could not hold.
  func write(
    as format: DocumentFormat, to sink: @escaping ([UInt8]) throws -> Void
  ) throws -> [String] {
    switch format {
    case .psd: return try writePhotoshop(as: .psd, to: sink)
    case .psb: return try writePhotoshop(as: .psb, to: sink)
    case .openRaster:
      return try document.writeOpenRaster(reusing: openRasterFile, to: sink).map(\.description)
    case .powerPoint: return try document.writePowerPoint(to: sink).map(\.description)
    case .zip:
      var archive = LayerArchiveWriter(to: sink)
      let warnings = try layerFiles { try archive.append($1, named: $0) }
      try archive.finish()
      return warnings
    case .folder, .picture:
      preconditionFailure("\(format.name) files are not written here")
    }
  }

  /// Gives the files of a folder or an archive to `write`, one by one.
  ///
  /// - Returns: What they do not hold.
  func layerFiles(
    to write: @escaping (String, [UInt8]) throws -> Void
  ) throws -> [String] {
    try document.writeLayerFiles(
      of: run ?? keptRun, composite: composite, reusing: pictures, to: write
    ).map(\.description)
  }

  /// Writes edits into the file that was read; a file of another format is made anew.
  private func writePhotoshop(
    as version: FileHeader.Version, to sink: ([UInt8]) throws -> Void
  ) throws -> [String] {
    guard let original, case .photoshop(let file) = original.original else {
      return try document.writePhotoshop(as: version, to: sink).map(\.description)
    }
    let updated = try file.updated(to: document, from: original.document, as: version)
    try updated.file.write(to: sink)
    return updated.warnings.map(\.description)
  }

  private var openRasterFile: OpenRasterFile? {
    if case .openRaster(let file) = original?.original { file } else { nil }
  }

  private var pictures: EncodedPictures {
    if case .pictures(let pictures, _) = original?.original { pictures } else { EncodedPictures() }
  }

  /// The run that the original tells of; its figures stay only with unedited layers.
  private var keptRun: DecompositionRun? {
    guard let original, case .pictures(_, of: var run?) = original.original else { return nil }
    if document != original.document { run.recomposition = nil }
    return run
  }
}

extension LayeredDocument {
  /// Makes a document of layers as they are, named "Layer 1" and so on from the back.
  init(uncropped stack: LayerStack) throws(DocumentError) {
    try self.init(
      canvas: stack.canvas,
      nodes: stack.layers.enumerated().map { index, image in
        .layer(Layer(attributes: LayerAttributes(name: "Layer \(index + 1)"), pixels: image))
      })
  }
}
