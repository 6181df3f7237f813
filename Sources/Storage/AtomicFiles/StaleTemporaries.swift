import Glibc
import Synchronization

/// What killed processes left beside their outputs.
enum StaleTemporaries {
  private static let visited = Mutex<Set<String>>([])
  /// Folders within folders that a left output can have.
  private static let maximumDepth = 16

  /// Cleans a folder the first time that this process writes there.
  static func removeOnce(in folder: String) {
    guard visited.withLock({ $0.insert(folder).inserted }) else { return }
    remove(in: folder)
  }

  /// Removes each temporary in the folder that no process works on any more.
  ///
  /// Failing to do so harms nobody and is not reported.
  static func remove(in folder: String) {
    for name in names(in: folder) {
      guard let temporary = TemporaryName(recognizing: name) else { continue }
      let path = folder + name
      guard isAbandoned(path, by: temporary.process) else { continue }
      removeTree(path, depth: 0)
    }
  }

  /// Whether the process is gone.
  ///
  /// One of another container may be unknown here: it still holds the lock that it took.
  private static func isAbandoned(_ path: String, by process: pid_t) -> Bool {
    if process == getpid() { return !LiveTemporaries.contains(path) }
    guard kill(process, 0) != 0, errno == ESRCH else { return false }
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0
  }

  private static func removeTree(_ path: String, depth: Int) {
    guard unlink(path) != 0, depth < maximumDepth else { return }
    for name in names(in: path + "/") { removeTree(path + "/" + name, depth: depth + 1) }
    rmdir(path)
  }

  /// The names in a folder, `.` and `..` left out; none where it cannot be read.
  private static func names(in folder: String) -> [String] {
    let path = folder.isEmpty ? "." : folder
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    guard let directory = fdopendir(descriptor) else {
      close(descriptor)
      return []
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
          String(validatingCString: $0)
        }
      }
      if let name, name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
