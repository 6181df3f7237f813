import AtomicFiles
import DocumentModel
import OneLine
import OpenRaster

/// A place that a document is to be written to.
///
/// The file or folder appears under its name when it is complete, or not at all. Reading takes all
/// bytes before writing begins, so the place may be that which a document was read from.
package struct DocumentDestination: Sendable {
  /// The path, as it was given.
  package let path: String

  /// What is written, by the name.
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
    self.path = path
    self.isOverwriting = isOverwriting
    format = try DocumentFormat(ofOutput: path)
    // Begun and dropped.
    try AtomicFile(at: path, overwriting: isOverwriting).discard()
  }

  /// Writes a document.
  ///
  /// - Parameters:
  ///   - document: What to write.
  ///   - original: What it was made from: where formats are the same, layers that nobody edited keep
  ///     their bytes.
  /// - Returns: What the format could not hold, in one line each.
  /// - Throws: `OutputError`, or the errors of the format; nothing is then left behind.
  @discardableResult
  package func write(
    _ document: LayeredDocument, updating original: OpenedDocument? = nil
  ) throws -> [String] {
    let file = try AtomicFile(at: path, overwriting: isOverwriting)
    let warnings: [String]
    switch format {
    case .openRaster:
      warnings = try document.writeOpenRaster { try file.write($0) }.map(\.description)
    case .psd, .psb, .powerPoint, .zip, .folder, .picture:
      throw UnwritableName(.unknownEnding, of: path)
    }
    try Task.checkCancellation()
    try file.commit()
    return warnings.map(onOneLine)
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
