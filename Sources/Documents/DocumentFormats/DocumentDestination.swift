import AtomicFiles
import DocumentModel
import ImageCodecs
import LayerFiles
import OneLine
import OpenRaster
import Raster

/// A place that a document is to be written to.
///
/// The file or folder appears under its name when it is complete, or not at all. Reading takes all
/// bytes before writing begins, so the place may be that which a document was read from.
package struct DocumentDestination: Sendable {
  /// The path, as it was given.
  package let path: String

  /// What is written.
  package let format: DocumentFormat

  private let isOverwriting: Bool

  /// Checks before any work that a document can be written.
  ///
  /// - Parameters:
  ///   - path: The final name; its ending says the format.
  ///   - isOverwriting: Whether what exists there may be replaced.
  /// - Throws: ``UnwritableName``, or `OutputError` where something is in the way or nothing can be
  ///   created.
  package init(_ path: String, overwriting isOverwriting: Bool) throws {
    try self.init(path, as: DocumentFormat(ofOutput: path), overwriting: isOverwriting)
  }

  /// Checks before any work that a document of a format can be written, whatever the name says.
  ///
  /// - Parameters:
  ///   - path: The final name.
  ///   - format: What to write.
  ///   - isOverwriting: Whether what exists there may be replaced.
  /// - Throws: `OutputError` where something is in the way or nothing can be created.
  package init(
    _ path: String, as format: DocumentFormat, overwriting isOverwriting: Bool
  ) throws(OutputError) {
    self.path = path
    self.format = format
    self.isOverwriting = isOverwriting
    if format == .folder {
      _ = try LayerFolder(at: path, overwriting: isOverwriting)
    } else {
      // Begun and dropped.
      try AtomicFile(at: path, overwriting: isOverwriting).discard()
    }
  }

  /// Writes a document.
  ///
  /// - Parameters:
  ///   - document: What to write.
  ///   - original: What it was made from: where formats are the same, layers that nobody edited keep
  ///     their bytes.
  /// - Returns: What the format could not hold, in one line each.
  /// - Throws: `OutputError`, ``UnwritableDocument`` or `CancellationError`; nothing is then left behind.
  @discardableResult
  package func write(
    _ document: LayeredDocument, updating original: OpenedDocument? = nil
  ) throws -> [String] {
    try write(FormatWriting(document: document, original: original))
  }

  /// Writes what a picture was taken apart into; folders and archives get layers of the canvas size.
  ///
  /// - Parameters:
  ///   - stack: The layers.
  ///   - run: What took the picture apart, which folders and archives tell.
  /// - Returns: What the format could not hold, in one line each.
  /// - Throws: `OutputError`, ``UnwritableDocument`` or `CancellationError`; nothing is then left behind.
  @discardableResult
  package func write(_ stack: LayerStack, of run: DecompositionRun) throws -> [String] {
    let keepsSize = format == .folder || format == .zip
    return try write(
      FormatWriting(
        document: keepsSize ? LayeredDocument(uncropped: stack) : LayeredDocument(stack), run: run,
        composite: keepsSize ? stack.composite() : nil))
  }

  private func write(_ writing: FormatWriting) throws -> [String] {
    do {
      var writing = writing
      var warnings: [String] = []
      // Photoshop's formats name the profile; the pixels of all others are sRGB.
      if writing.document.profile != nil, format != .psd, format != .psb {
        writing.document = try writing.document.convertedToSRGB()
        warnings.append("colours are converted from the document's profile to sRGB")
      }
      return (warnings + (try written(writing))).map(onOneLine)
    } catch let error as OutputError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw UnwritableDocument(path: path, format: format, reason: error)
    }
  }

  private func written(_ writing: FormatWriting) throws -> [String] {
    let warnings: [String]
    if format == .folder {
      warnings = try LayerFolder(at: path, overwriting: isOverwriting).write(writing.layerFiles)
    } else {
      let file = try AtomicFile(at: path, overwriting: isOverwriting)
      warnings = try writing.write(as: format) { bytes in
        try Task.checkCancellation()
        try file.write(bytes)
      }
      try Task.checkCancellation()
      try file.commit()
    }
    return warnings
  }
}

extension OpenedDocument {
  /// Writes an edited form of this document; where formats are the same, layers that nobody edited
  /// keep their bytes.
  ///
  /// - Parameters:
  ///   - document: The edited form.
  ///   - path: The final name; its ending says the format. It may be where this was read from.
  ///   - isOverwriting: Whether what exists there may be replaced.
  /// - Returns: What the format could not hold, in one line each.
  /// - Throws: What ``DocumentDestination`` throws.
  @discardableResult
  package func write(
    _ document: LayeredDocument, to path: String, overwriting isOverwriting: Bool = false
  ) throws -> [String] {
    try DocumentDestination(path, overwriting: isOverwriting).write(document, updating: self)
  }
}
