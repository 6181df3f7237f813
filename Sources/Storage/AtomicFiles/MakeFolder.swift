import Glibc

/// Makes a folder and those on the way to it where they are missing.
///
/// - Throws: ``OutputError``.
package func makeFolder(_ path: String) throws(OutputError) {
  guard mkdir(path, 0o777) != 0 else { return }
  let code = errno
  var status = stat()
  switch code {
  case EEXIST where stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR: return
  case ENOENT:
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { break }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o777) != 0, errno != EEXIST else { return }
    throw OutputError(.cannotCreate(operation: "make folder", errno: errno), at: path)
  default: break
  }
  throw OutputError(.cannotCreate(operation: "make folder", errno: code), at: path)
}
