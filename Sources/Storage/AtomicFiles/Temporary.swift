import Glibc

/// A path in the making beside its final one, known to ``LiveTemporaries`` until it is settled.
final class Temporary {
  let path: String
  private let slot: Int?
  private var isKnown = true

  /// Enters a path that the caller creates next.
  init(entering path: String) {
    self.path = path
    slot = LiveTemporaries.insert(path)
  }

  /// Enters an unused name beside `finalPath`, after removing what dead processes left there.
  convenience init(beside finalPath: String) {
    let (folder, name) = splitPath(finalPath)
    StaleTemporaries.removeOnce(in: folder)
    self.init(entering: folder + TemporaryName(for: name).text)
  }

  /// Removes what stands at the path, then forgets it.
  func discard(with calls: FileSystemCalls) {
    _ = calls.remove(path)
    forget()
  }

  /// Forgets the path, whose file has its final name now.
  func forget() {
    // The slot may serve another path by the second time.
    if isKnown { LiveTemporaries.erase(path, slot: slot) }
    isKnown = false
  }
}

/// The folder with a slash at its end, empty for the current one, and the last name.
func splitPath(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
  let next = path.utf8.index(after: slash)
  return (String(path[..<next]), String(path[next...]))
}

/// Makes the names in a folder durable.
///
/// File systems that cannot synchronize a folder say EINVAL; they keep no names that could be lost.
func synchronizeFolder(_ folder: String, with calls: FileSystemCalls) throws(SystemCallFailure) {
  let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw SystemCallFailure("open folder") }
  defer { close(descriptor) }
  guard calls.synchronize(descriptor) == 0 || errno == EINVAL else {
    throw SystemCallFailure("synchronize folder")
  }
}

/// A system call that failed, with the `errno` it left.
struct SystemCallFailure: Error {
  let operation: String
  let code: Int32

  init(_ operation: String, errno code: Int32 = Glibc.errno) {
    self.operation = operation
    self.code = code
  }
}
