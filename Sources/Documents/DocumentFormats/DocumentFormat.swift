import Glibc
import ImageCodecs
import OpenRaster

/// A kind of file, or of folder, that holds a document.
package enum DocumentFormat: Hashable, Sendable, CaseIterable {
  /// Photoshop's format, and its sibling for sides beyond 30,000 pixels.
  case psd, psb
  /// The common format of free painting programs.
  case openRaster
  /// A slide; written, not read.
  case powerPoint
  /// `layers.json` and its pictures, in an archive or as they are.
  case zip, folder
  /// PNG, JPEG or WebP; read as a document of one layer.
  case picture
}

extension DocumentFormat {
  /// The format's name for people.
  package var name: String {
    switch self {
    case .psd: "PSD"
    case .psb: "PSB"
    case .openRaster: "OpenRaster"
    case .powerPoint: "PowerPoint"
    case .zip: "ZIP"
    case .folder: "folder"
    case .picture: "picture"
    }
  }

  /// The formats that are written here.
  package static let written: [DocumentFormat] = [
    .psd, .psb, .openRaster, .powerPoint, .zip, .folder,
  ]

  /// The endings of the files among them, for people: ".ora, .zip".
  package static var writtenEndings: String {
    written.flatMap(\.fileExtensions).map { ".\($0)" }.joined(separator: ", ")
  }

  /// The endings that names of such files have, the usual one first.
  package var fileExtensions: [String] {
    switch self {
    case .psd: ["psd"]
    case .psb: ["psb"]
    case .openRaster: ["ora"]
    case .powerPoint: ["pptx"]
    case .zip: ["zip"]
    case .folder: []
    case .picture: ["png", "jpg", "jpeg", "webp"]
    }
  }

  /// The format that a name's ending stands for; `nil` where it stands for none.
  package init?(extensionOf path: String) {
    let name = path.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.fileExtensions.contains(ending) }) else {
      return nil
    }
    self = format
  }

  /// The format that the first bytes of a file stand for; `nil` where they stand for none.
  ///
  /// - Parameter bytes: ``firstByteCount`` of them, or the whole of a shorter file.
  package init?(firstBytes bytes: [UInt8]) {
    let archives: [[UInt8]] = [[0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6]]
    let isArchive = archives.contains { bytes.starts(with: $0) }
    if bytes.starts(with: Array("8BPS\u{0}\u{1}".utf8)) {
      self = .psd
    } else if bytes.starts(with: Array("8BPS\u{0}\u{2}".utf8)) {
      self = .psb
    } else if OpenRasterFile.isRecognized(firstBytes: bytes) {
      self = .openRaster
    } else if isArchive, bytes.dropFirst(30).starts(with: Array("[Content_Types].xml".utf8)) {
      self = .powerPoint
    } else if isArchive {
      self = .zip
    } else if case .readable = RecognizedFormat(firstBytes: Array(bytes.prefix(16))) {
      self = .picture
    } else {
      return nil
    }
  }

  /// How many bytes tell every format.
  static let firstByteCount = 64

  /// The format of a file: what its first bytes say, else its name.
  ///
  /// Any format over ZIP may begin with any entry, so there a name that fits has the last word.
  init?(firstBytes: [UInt8], path: String) {
    let named = DocumentFormat(extensionOf: path)
    switch (DocumentFormat(firstBytes: firstBytes), named) {
    case (.zip?, let named?) where named == .openRaster || named == .powerPoint: self = named
    case (let format?, _): self = format
    case (nil, let named?): self = named
    case (nil, nil): return nil
    }
  }

  /// The format to write at a path.
  ///
  /// A name without any ending, one that ends in a slash, and one that a folder has already mean
  /// ``folder``.
  ///
  /// - Throws: ``UnwritableName``.
  package init(ofOutput path: String) throws(UnwritableName) {
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    let name = path.split(separator: "/").last ?? ""
    switch DocumentFormat(extensionOf: path) {
    case .picture?: throw UnwritableName(.picture, of: path)
    case let format? where Self.written.contains(format): self = format
    case nil where isFolder || path.hasSuffix("/") || !name.dropFirst().contains("."):
      self = .folder
    default: throw UnwritableName(.unknownEnding, of: path)
    }
  }
}
