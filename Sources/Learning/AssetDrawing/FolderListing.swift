import Glibc

/// The files below a folder, in the order of their names.
enum FolderListing {
  /// Paths of regular files that end so, at any depth up to eight; links are not followed.
  static func files(in folder: String, ending suffix: String, depth: Int = 0) -> [String] {
    guard depth < 8, let directory = opendir(folder) else { return [] }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
            String(cString: $0)
          }
        })
    }
    closedir(directory)
    return names.sorted().filter { $0 != "." && $0 != ".." }.flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { return [] }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return files(in: path, ending: suffix, depth: depth + 1)
      case S_IFREG: return name.hasSuffix(suffix) ? [path] : []
      default: return []
      }
    }
  }
}
