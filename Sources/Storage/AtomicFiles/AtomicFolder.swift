import Glibc

/// A folder of files that appears as a whole, or files that appear together in a folder.
///
/// Where nothing has the name yet, everything is built in a temporary folder beside it and one
/// rename shows it. Into an existing folder the files are staged under temporary names and renamed
/// one after the other at the end, under a lock: another process that commits there waits, so the
/// two never mix. If such a rename fails, new files are taken back; files already replaced stay.
package final class AtomicFolder {
  /// The final name, as it was given, without a slash at its end.
  package let path: String

  private struct Member {
    let file: AtomicFile
    let finalPath: String
  }

  private let calls = FileSystemCalls.current
  private let isOverwriting: Bool
  /// The folder in the making; nil where the folder exists already.
  private let temporary: Temporary?
  /// Keeps the lock that says that the folder in the making is worked on.
  private var lock: Int32 = -1
  private var members: [Member] = []
  /// Folders inside that were made here, outer ones first.
  private var innerFolders: [Temporary] = []
  /// Names that were given to files that exist.
  private var links: [Temporary] = []
  private var isSettled = false

  /// Begins the folder, or files for an existing one.
  ///
  /// - Parameters:
  ///   - path: The final name; its parent must exist.
  ///   - isOverwriting: Whether files that exist in the folder may be replaced.
  /// - Throws: ``OutputError``.
  package init(at path: String, overwriting isOverwriting: Bool = false) throws(OutputError) {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.isOverwriting = isOverwriting
    guard !path.isEmpty else {
      throw OutputError(.cannotCreate(operation: "make folder", errno: ENOENT), at: path)
    }
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFDIR else {
        throw OutputError(.cannotCreate(operation: "open folder", errno: ENOTDIR), at: path)
      }
      guard access(path, W_OK | X_OK) == 0 else {
        throw OutputError(.cannotCreate(operation: "open folder", errno: errno), at: path)
      }
      temporary = nil
      StaleTemporaries.removeOnce(in: path + "/")
      return
    }
    guard lstat(path, &status) != 0 else { throw OutputError(.alreadyExists, at: path) }
    let temporary = Temporary(beside: path)
    self.temporary = temporary
    guard calls.makeFolder(temporary.path) == 0 else {
      let code = errno
      temporary.forget()
      throw OutputError(.cannotCreate(operation: "make folder", errno: code), at: path)
    }
    lock = open(temporary.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if lock >= 0 { flock(lock, LOCK_EX | LOCK_NB) }
  }

  deinit {
    discard()
  }

  /// Begins a file of the folder; its ``AtomicFile/commit()`` must come before the folder's.
  ///
  /// - Parameters:
  ///   - name: A name, or a path with `/` inside the folder; folders on the way are made.
  ///   - expectedByteCount: The final size where it is known.
  /// - Returns: The file, to be written and committed.
  /// - Throws: ``OutputError``.
  package func makeFile(
    named name: String, expectedByteCount: Int = 0
  ) throws(OutputError) -> AtomicFile {
    precondition(!isSettled, "the folder was committed or discarded")
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isSafe = parts.allSatisfy { $0 != "" && $0 != "." && $0 != ".." }
    guard isSafe, !name.utf8.contains(0) else {
      throw OutputError(.unsafeName(name), at: path)
    }
    let root = temporary?.path ?? path
    try makeInnerFolders(parts.dropLast().map(String.init), in: root)
    let finalPath = path + "/" + name
    let file: AtomicFile
    if temporary != nil {
      let target = root + "/" + name
      file = try AtomicFile(
        path: finalPath, target: target, temporary: Temporary(entering: target), mode: nil,
        isOverwriting: false, expectedByteCount: expectedByteCount, belongsToFolder: true)
    } else {
      let (target, mode) = try resolvedTarget(finalPath, overwriting: isOverwriting)
      file = try AtomicFile(
        path: finalPath, target: target, temporary: Temporary(beside: target), mode: mode,
        isOverwriting: isOverwriting, expectedByteCount: expectedByteCount, belongsToFolder: true)
    }
    members.append(Member(file: file, finalPath: finalPath))
    return file
  }

  /// Gives a file that exists a name in the folder in the making, without a copy of its bytes; where it lies on another
  /// file system or the folder exists already, a copy.
  ///
  /// - Parameters:
  ///   - source: A regular file, which must not be changed in place while both names are in use.
  ///   - name: As for ``makeFile(named:expectedByteCount:)``.
  /// - Throws: ``OutputError``.
  package func link(_ source: String, named name: String) throws(OutputError) {
    precondition(!isSettled, "the folder was committed or discarded")
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isSafe = parts.allSatisfy { $0 != "" && $0 != "." && $0 != ".." }
    guard isSafe, !name.utf8.contains(0) else { throw OutputError(.unsafeName(name), at: path) }
    if let temporary {
      try makeInnerFolders(parts.dropLast().map(String.init), in: temporary.path)
      let linked = Temporary(entering: temporary.path + "/" + name)
      if calls.link(source, linked.path) == 0 {
        links.append(linked)
        return
      }
      linked.forget()
    }
    try copy(source, named: name)
  }

  private func copy(_ source: String, named name: String) throws(OutputError) {
    let descriptor = open(source, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw OutputError(.cannotCreate(operation: "open", errno: errno), at: source)
    }
    defer { close(descriptor) }
    let file = try makeFile(named: name)
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw OutputError(
          .inputOutput(operation: "read", errno: errno, bytesNeeded: 0), at: source)
      }
      guard count > 0 else { break }
      try file.write(Array(buffer[..<count]))
    }
    try file.commit()
  }

  /// Writes a whole file of the folder at once.
  package func write(_ bytes: [UInt8], named name: String) throws(OutputError) {
    let file = try makeFile(named: name, expectedByteCount: bytes.count)
    try file.write(bytes)
    try file.commit()
  }

  /// Shows the folder, or the files in the existing one.
  ///
  /// - Throws: ``OutputError``; nothing new is then left behind.
  package func commit() throws(OutputError) {
    precondition(!isSettled, "the folder was committed or discarded")
    precondition(members.allSatisfy(\.file.isFinished), "a file of the folder is not committed")
    do throws(SystemCallFailure) {
      if let temporary {
        try show(temporary)
      } else {
        try showFiles()
      }
    } catch {
      discard()
      throw OutputError(
        [EEXIST, ENOTEMPTY, ENOTDIR].contains(error.code)
          ? .alreadyExists
          : .inputOutput(operation: error.operation, errno: error.code, bytesNeeded: 0), at: path)
    }
  }

  private func show(_ temporary: Temporary) throws(SystemCallFailure) {
    for folder in innerFolders { try synchronizeFolder(folder.path, with: calls) }
    try synchronizeFolder(temporary.path, with: calls)
    // Nothing but an empty folder can be replaced by this.
    guard calls.rename(temporary.path, path) == 0 else { throw SystemCallFailure("rename") }
    for member in members { member.file.forget() }
    for entry in links + innerFolders { entry.forget() }
    temporary.forget()
    if lock >= 0 { close(lock) }
    lock = -1
    isSettled = true
    try synchronizeFolder(splitPath(path).folder, with: calls)
  }

  private func showFiles() throws(SystemCallFailure) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemCallFailure("open folder") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    var shown: [String] = []
    for member in members {
      do throws(SystemCallFailure) {
        try member.file.rename()
        shown.append(member.finalPath)
      } catch {
        if !isOverwriting { shown.forEach { _ = calls.remove($0) } }
        throw error
      }
    }
    for folder in innerFolders { folder.forget() }
    isSettled = true
    for folder in innerFolders { try synchronizeFolder(folder.path, with: calls) }
    try synchronizeFolder(path + "/", with: calls)
  }

  /// Drops everything, unless ``commit()`` has shown it.
  package func discard() {
    guard !isSettled else { return }
    isSettled = true
    for member in members { member.file.discard() }
    for entry in links + innerFolders.reversed() { entry.discard(with: calls) }
    temporary?.discard(with: calls)
    if lock >= 0 { close(lock) }
    lock = -1
  }

  private func makeInnerFolders(_ names: [String], in root: String) throws(OutputError) {
    var inner = root
    for name in names {
      inner += "/" + name
      var status = stat()
      if stat(inner, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
      let folder = Temporary(entering: inner)
      guard calls.makeFolder(inner) == 0 else {
        let code = errno
        folder.forget()
        throw OutputError(.cannotCreate(operation: "make folder", errno: code), at: path)
      }
      innerFolders.append(folder)
    }
  }
}
