import AtomicFiles
import Glibc
import ImageCodecs
import RegularFiles

extension LayerFiles {
  /// Reads a folder of the files; a link in it is refused, wherever it leads.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - maximumByteCount: The most bytes of all files together.
  ///   - options: How much each picture may ask for.
  ///   - isLenient: Whether a layer or a mask whose picture is broken loses it, with a warning.
  /// - Throws: `MalformedData`, `DocumentError`, `ImageCodecError` with the name of the file, or
  ///   ``UnreadableLayerFile``.
  package init(
    folder path: String, maximumByteCount: Int = 1 << 32,
    options: DecodingOptions = DecodingOptions(), isLenient: Bool = false
  ) throws {
    var remaining = maximumByteCount
    try self.init(options: options, isLenient: isLenient) { name in
      let limit =
        name == LayerFileName.description
        ? min(remaining, LayerFiles.maximumDescriptionByteCount) : remaining
      do throws(RegularFileError) {
        let bytes = try RegularFile.contents(
          path: "\(path)/\(name)", limit: limit, followingLinks: false)
        remaining -= bytes.count
        return bytes
      } catch .systemCallFailed(_, errno: ENOENT) {
        return nil
      } catch {
        throw UnreadableLayerFile(name: name, reason: error)
      }
    }
  }
}

/// A file of a folder that cannot be read.
package struct UnreadableLayerFile: Error, CustomStringConvertible {
  /// Its name in the folder.
  package let name: String
  /// Why.
  package let reason: RegularFileError

  /// One line.
  package var description: String {
    switch reason {
    case .systemCallFailed("open", ELOOP):
      "\(name.debugDescription) is a link, which is not followed"
    case .systemCallFailed(let operation, let code):
      "\(name.debugDescription) cannot be read: \(operation): \(String(cString: strerror(code)))"
    case .notARegularFile: "\(name.debugDescription) is not a regular file"
    case .tooLong(let byteCount, let limit):
      "\(name.debugDescription) has \(byteCount) bytes, the limit is \(limit)"
    }
  }
}

/// A folder to write the files to; they appear together.
package struct LayerFolder: Sendable {
  private let path: String
  private let isOverwriting: Bool

  /// Checks before any work that the files can be written.
  ///
  /// - Parameters:
  ///   - path: The folder; its parent must exist. Other files in it stay.
  ///   - isOverwriting: Whether an earlier result in it may be replaced.
  /// - Throws: `OutputError` where an earlier result is in the way or nothing can be created there.
  package init(at path: String, overwriting isOverwriting: Bool) throws(OutputError) {
    self.path = path
    self.isOverwriting = isOverwriting
    let description = "\(path)/\(LayerFileName.description)"
    if !isOverwriting, access(description, F_OK) == 0 {
      throw OutputError(.alreadyExists, at: description)
    }
    // Begun and dropped.
    let trial = try AtomicFolder(at: path, overwriting: isOverwriting)
    try trial.write([], named: LayerFileName.description)
    trial.discard()
  }

  /// Writes the files that `body` gives, then removes what is left of a larger earlier result.
  ///
  /// - Returns: What `body` returns.
  /// - Throws: `OutputError`, or what `body` throws; nothing new is then left behind.
  package func write<Result>(
    _ body: (@escaping (_ name: String, _ bytes: [UInt8]) throws -> Void) throws -> Result
  ) throws -> Result {
    let folder = try AtomicFolder(at: path, overwriting: isOverwriting)
    var names: Set<String> = []
    let result = try body { name, bytes in
      try Task.checkCancellation()
      try folder.write(bytes, named: name)
      names.insert(name)
    }
    try Task.checkCancellation()
    try folder.commit()
    if isOverwriting { removePictures(besides: names) }
    return result
  }

  /// Removes pictures with names of ours that the new result lacks.
  private func removePictures(besides names: Set<String>) {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    var stale: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if LayerFileName.isOurs(name), !names.contains(name) { stale.append(name) }
    }
    for name in stale { unlink("\(path)/\(name)") }
  }
}

extension LayerFileName {
  /// Whether a name is one that a layer or a mask may have: "layer-07.png", "group-00-mask.png".
  static func isOurs(_ name: String) -> Bool {
    guard name.hasSuffix(".png") else { return false }
    let parts = name.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[0] == "layer" || parts[0] == "group", parts[1].utf8.count >= 2,
      parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) })
    else { return false }
    let rest = parts.dropFirst(2).joined(separator: "-")
    return rest == "mask" || rest == "vector-mask" || (rest.isEmpty && parts[0] == "layer")
  }
}
