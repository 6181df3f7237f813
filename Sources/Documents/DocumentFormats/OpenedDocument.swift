import DocumentModel
import Glibc
import ImageCodecs
import LayerFiles
import OneLine
import OpenRaster
import PSD
import Raster
import RegularFiles

/// A document that was read from a file or a folder.
package struct OpenedDocument: Sendable {
  /// The document.
  package let document: LayeredDocument

  /// What it was read from.
  package let format: DocumentFormat

  /// What was put right or left out, in one line each.
  package let warnings: [String]

  /// What the format needs to write back the bytes of what nobody edits.
  let original: Original

  /// What a document was read from.
  enum Original: Sendable {
    case photoshop(PhotoshopFile)
    case openRaster(OpenRasterFile)
    case pictures(EncodedPictures, of: DecompositionRun?)
    case none
  }

  /// Reads a document; its first bytes say what it is, and only where they do not, its name.
  ///
  /// - Parameters:
  ///   - path: A regular file or a folder; pipes and devices are refused unread.
  ///   - isLenient: Whether a layer that is broken loses its pixels or masks, with a warning, instead of
  ///     failing the document.
  ///   - limits: How much the document may ask for.
  /// - Throws: ``DocumentFileError``.
  package init(
    contentsOf path: String, isLenient: Bool = false, limits: DocumentLimits = DocumentLimits()
  ) throws {
    var reading = Reading(path: path, isLenient: isLenient, limits: limits)
    document = try reading.document()
    format = reading.format
    warnings = reading.warnings.map(onOneLine)
    original = reading.original
  }
}

/// The steps from a path to a document.
private struct Reading {
  let path: String
  let isLenient: Bool
  let limits: DocumentLimits
  var format = DocumentFormat.folder
  var warnings: [String] = []
  var original = OpenedDocument.Original.none

  mutating func document() throws -> LayeredDocument {
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      return try naming(.folder) {
        try document(
          of: LayerFiles(
            folder: path, maximumByteCount: limits.maximumFileByteCount, options: limits.pictures,
            isLenient: isLenient))
      }
    }
    let bytes = try fileBytes()
    let first = Array(bytes.prefix(DocumentFormat.firstByteCount))
    guard let format = DocumentFormat(firstBytes: first, path: path) else {
      guard case .foreign(let name) = RecognizedFormat(firstBytes: Array(first.prefix(16))) else {
        throw DocumentFileError(.unknownFormat(nil), at: path)
      }
      throw DocumentFileError(.unknownFormat(name), at: path)
    }
    if let named = DocumentFormat(extensionOf: path), named != format {
      warnings.append("the name says \(named.name), the content is \(format.name)")
    }
    self.format = format
    return try naming(format) { try document(decoding: bytes) }
  }

  /// Gives errors of the content the path and the format.
  private func naming<Result>(
    _ format: DocumentFormat, _ body: () throws -> Result
  ) throws(DocumentFileError) -> Result {
    do {
      return try body()
    } catch let error as DocumentFileError {
      throw error
    } catch {
      throw DocumentFileError(.malformed(format, error), at: path)
    }
  }

  private mutating func document(of files: LayerFiles) -> LayeredDocument {
    warnings += files.warnings.map(\.description)
    original = .pictures(files.pictures, of: files.run)
    return files.document
  }

  private func fileBytes() throws(DocumentFileError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: limits.maximumFileByteCount)
    } catch {
      throw DocumentFileError(.unavailable(error), at: path)
    }
    guard !bytes.isEmpty else { throw DocumentFileError(.empty, at: path) }
    return bytes
  }

  private mutating func document(decoding bytes: [UInt8]) throws -> LayeredDocument {
    switch format {
    case .psd, .psb:
      let file = try PhotoshopFile(reading: bytes, isLenient: isLenient)
      let read = try file.readDocument(isLenient: isLenient)
      warnings += read.warnings.map(\.description)
      // What is left of a cut file is written anew.
      if file.fault == nil { original = .photoshop(file) }
      return read.document
    case .openRaster:
      let file = try OpenRasterFile(decoding: bytes, options: limits.pictures)
      warnings += file.warnings.map(\.description)
      original = .openRaster(file)
      return file.document
    case .picture:
      let picture = try DecodedImage(decoding: bytes, options: limits.pictures)
      warnings += picture.warnings.map(\.description)
      return try LayeredDocument(
        canvas: picture.image.size,
        nodes: [.layer(Layer(attributes: LayerAttributes(name: "Picture"), pixels: picture.image))])
    case .zip:
      return document(
        of: try LayerFiles(archive: bytes, options: limits.pictures, isLenient: isLenient))
    case .powerPoint, .folder: throw DocumentFileError(.unreadable(format), at: path)
    }
  }
}
