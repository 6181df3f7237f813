import Glibc
import OneLine

/// What lies in a folder, in the order of the names.
package enum FolderListing {
  /// The names in a folder, without those of itself and its parent.
  ///
  /// - Throws: ``UnlistableFolder``.
  package static func names(in folder: String) throws(UnlistableFolder) -> [String] {
    guard let stream = opendir(folder) else { throw UnlistableFolder(path: folder, code: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Paths, from the folder on, of the regular files below it whose names end so, in small letters or capitals.
  ///
  /// - Parameters:
  ///   - folder: Where to look, at any depth up to eight; links to folders are not followed.
  ///   - suffixes: In small letters.
  ///   - followsLinks: Whether a link to a regular file counts as one.
  /// - Returns: Sorted within every folder.
  /// - Throws: ``UnlistableFolder`` for the folder itself; one below that cannot be listed holds nothing.
  package static func files(
    in folder: String, ending suffixes: [String], followingLinks followsLinks: Bool = false
  ) throws(UnlistableFolder) -> [String] {
    func below(_ path: String, _ names: [String], depth: Int) -> [String] {
      names.flatMap { name -> [String] in
        let inner = path.isEmpty ? name : "\(path)/\(name)"
        var status = stat()
        guard lstat("\(folder)/\(inner)", &status) == 0 else { return [] }
        if status.st_mode & S_IFMT == S_IFLNK {
          guard followsLinks, stat("\(folder)/\(inner)", &status) == 0,
            status.st_mode & S_IFMT == S_IFREG
          else { return [] }
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          guard depth < 8, let names = try? Self.names(in: "\(folder)/\(inner)") else { return [] }
          return below(inner, names, depth: depth + 1)
        case S_IFREG:
          let small = name.lowercased()
          return suffixes.contains(where: small.hasSuffix) ? [inner] : []
        default: return []
        }
      }
    }
    return below("", try names(in: folder), depth: 1)
  }
}

/// A folder that cannot be listed.
package struct UnlistableFolder: Error, Hashable, Sendable, CustomStringConvertible {
  package let path: String
  package let code: Int32

  package var description: String {
    onOneLine("\(path): cannot be read: \(String(cString: strerror(code)))")
  }
}
