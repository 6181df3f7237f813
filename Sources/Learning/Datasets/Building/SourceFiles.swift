import Digests
import Glibc
import RegularFiles

/// A file that may become a sample.
package struct SourceFile: Hashable, Sendable {
  /// How it is opened.
  package let location: String
  /// How the manifest names it: the last name of the folder that was given, then the way to the file.
  package let path: String
}

/// The PSD and PSB files of folders, in an order that no file system or locale decides.
package enum SourceFiles {
  /// Folders within folders that are looked into.
  private static let maximumDepth = 64

  /// Finds the files; hidden names and links to folders are passed over.
  ///
  /// - Parameter folders: Folders, or single files.
  /// - Returns: The files sorted by the bytes of their paths; files of the same path by their location.
  /// - Throws: ``UnreadableFolder`` for a name that leads to nothing.
  package static func find(in folders: [String]) throws(UnreadableFolder) -> [SourceFile] {
    var files: [SourceFile] = []
    for folder in folders {
      var name = folder[...]
      while name.utf8.count > 1, name.hasSuffix("/") { name.removeLast() }
      let last = name.split(separator: "/").last.map(String.init) ?? ""
      var status = stat()
      guard stat(folder, &status) == 0 else { throw UnreadableFolder(path: folder, code: errno) }
      if status.st_mode & S_IFMT == S_IFDIR {
        let prefix = last == "." || last == ".." || last.isEmpty ? "" : last + "/"
        try visit(String(name), prefix: prefix, depth: 0, into: &files)
      } else {
        files.append(SourceFile(location: folder, path: last))
      }
    }
    return files.sorted { one, two in
      one.path == two.path
        ? one.location.utf8.lexicographicallyPrecedes(two.location.utf8)
        : one.path.utf8.lexicographicallyPrecedes(two.path.utf8)
    }
  }

  private static func visit(
    _ folder: String, prefix: String, depth: Int, into files: inout [SourceFile]
  ) throws(UnreadableFolder) {
    guard let directory = opendir(folder) else {
      throw UnreadableFolder(path: folder, code: errno)
    }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      guard !name.hasPrefix(".") else { continue }
      let location = folder + "/" + name
      var status = stat()
      guard lstat(location, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        guard depth < maximumDepth else { continue }
        try visit(location, prefix: prefix + name + "/", depth: depth + 1, into: &files)
      } else if [".psd", ".psb"].contains(where: name.lowercased().hasSuffix) {
        files.append(SourceFile(location: location, path: prefix + name))
      }
    }
  }
}

extension SourceFile {
  /// The record of the file with its length and digest.
  ///
  /// One that cannot be read is dropped at once.
  func record() -> SourceRecord {
    var hash = SHA256()
    var byteCount = 0
    do throws(RegularFileError) {
      let file = try RegularFile(path: location)
      defer { file.close() }
      while case let bytes = try file.read(count: 1 << 20, at: byteCount), !bytes.isEmpty {
        hash.update(bytes)
        byteCount += bytes.count
      }
    } catch {
      var record = SourceRecord(path: path, byteCount: 0, sha256: "")
      record.drop(FileDrop(.unreadable, "cannot be read"))
      return record
    }
    return SourceRecord(path: path, byteCount: byteCount, sha256: hash.hexadecimal)
  }
}

/// A folder of sources that cannot be looked into.
package struct UnreadableFolder: Error, Hashable, Sendable, CustomStringConvertible {
  package let path: String
  package let code: Int32

  package var description: String { "\(path): \(String(cString: strerror(code)))" }
}
