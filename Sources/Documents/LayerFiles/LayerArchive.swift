import ByteIO
import ImageCodecs
import ZipArchive

extension LayerFiles {
  /// Reads a ZIP archive of the files, which may lie in one folder of it.
  ///
  /// - Parameters:
  ///   - bytes: The archive.
  ///   - options: How much each picture may ask for.
  ///   - isLenient: Whether a layer or a mask whose picture is broken loses it, with a warning.
  /// - Throws: `MalformedData`, `DocumentError`, or `ImageCodecError` with the name of the file.
  package init(
    archive bytes: [UInt8], options: DecodingOptions = DecodingOptions(), isLenient: Bool = false
  ) throws {
    let archive = try ZipArchive(bytes)
    let inner = archive.names.first { name in
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[1] == LayerFileName.description
    }
    let isAtRoot = archive.names.contains(LayerFileName.description)
    let prefix = isAtRoot ? "" : inner?.dropLast(LayerFileName.description.count) ?? ""
    try self.init(options: options, isLenient: isLenient) { name in
      try archive.contents(of: prefix + name)
    }
  }
}

/// Puts files into an archive as they come: pictures stored, text deflated.
package struct LayerArchiveWriter {
  private var archive: ZipWriter

  /// Begins an archive.
  ///
  /// - Parameter sink: Takes the bytes of the archive one part after another.
  package init(to sink: @escaping ([UInt8]) throws -> Void) {
    archive = ZipWriter(to: sink)
  }

  /// Adds a file.
  ///
  /// - Throws: `ZipWriteError`, or what the sink throws.
  package mutating func append(_ bytes: [UInt8], named name: String) throws {
    try archive.append(bytes, named: name, method: name.hasSuffix(".png") ? .stored : .deflated)
  }

  /// Ends the archive.
  ///
  /// - Throws: What the sink throws.
  package mutating func finish() throws { try archive.finish() }
}
