import Glibc

/// A file that appears under its name whole, or not at all.
///
/// The bytes go to a temporary beside the target, so that renaming needs no second file system.
/// ``commit()`` makes them durable and gives them their name. Until then, and after any failure,
/// the target is as it was; a file that is dropped uncommitted leaves nothing behind.
package final class AtomicFile {
  /// The final name, as it was given.
  package let path: String
  /// Bytes written so far.
  package private(set) var byteCount = 0

  private enum State {
    case open(Int32)
    case finished
    case settled
    case failed(OutputError)
  }

  private let calls = FileSystemCalls.current
  private let temporary: Temporary
  private let target: String
  private let isOverwriting: Bool
  private let expectedByteCount: Int
  /// Whether a folder gives the file its name later.
  private let belongsToFolder: Bool
  /// Whether the bytes and the name outlast a loss of power from ``commit()`` on.
  private let isDurable: Bool
  private var state: State

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - path: The final name. Behind a symbolic link the file that it points to is replaced.
  ///   - isOverwriting: Whether a file of that name may be replaced; it keeps its permissions.
  ///   - expectedByteCount: The final size where it is known, so that a full disk is found now.
  ///   - isDurable: Whether ``commit()`` waits until the file outlasts a loss of power. Without that it still appears
  ///     whole or not at all however the program ends.
  /// - Throws: ``OutputError``.
  package convenience init(
    at path: String, overwriting isOverwriting: Bool = false, expectedByteCount: Int = 0,
    durable isDurable: Bool = true
  ) throws(OutputError) {
    let (target, mode) = try resolvedTarget(path, overwriting: isOverwriting)
    try self.init(
      path: path, target: target, temporary: Temporary(beside: target), mode: mode,
      isOverwriting: isOverwriting, expectedByteCount: expectedByteCount, belongsToFolder: false,
      isDurable: isDurable)
  }

  /// Begins a file at a temporary that was entered already.
  init(
    path: String, target: String, temporary: Temporary, mode: mode_t?, isOverwriting: Bool,
    expectedByteCount: Int, belongsToFolder: Bool, isDurable: Bool = true
  ) throws(OutputError) {
    self.path = path
    self.target = target
    self.temporary = temporary
    self.isOverwriting = isOverwriting
    self.expectedByteCount = expectedByteCount
    self.belongsToFolder = belongsToFolder
    self.isDurable = isDurable
    let descriptor = calls.create(temporary.path, 0o666)
    guard descriptor >= 0 else {
      let code = errno
      temporary.forget()
      throw OutputError(.cannotCreate(operation: "open", errno: code), at: path)
    }
    state = .open(descriptor)
    // The lock says that the file is worked on; where locks are unknown, the process number must do.
    flock(descriptor, LOCK_EX | LOCK_NB)
    if let mode { fchmod(descriptor, mode) }
    let free = expectedByteCount > 0 ? calls.freeByteCount(descriptor) : -1
    guard free < 0 || free >= expectedByteCount else {
      throw fail(SystemCallFailure("find room", errno: ENOSPC))
    }
  }

  deinit {
    discard()
  }

  /// Appends bytes.
  ///
  /// - Throws: ``OutputError``; the temporary is then gone, and every later call throws the same.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
    let descriptor = try openDescriptor()
    var rest = bytes[...]
    while let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      // Linux moves at most 2 GiB - 4 KiB at once.
      let count = calls.write(descriptor, base, min(rest.count, 1 << 30))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let failure = SystemCallFailure("write", errno: count < 0 ? errno : EIO)
        throw fail(failure, pending: rest.count)
      }
      rest = rest.dropFirst(count)
      byteCount += count
    }
  }

  /// Appends bytes.
  package func write(_ bytes: [UInt8]) throws(OutputError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(OutputError) in try write(buffer) }
    }
    try result.get()
  }

  /// Makes the bytes durable and gives the file its name.
  ///
  /// A file of an ``AtomicFolder`` is made durable now and gets its name when the folder commits.
  package func commit() throws(OutputError) {
    let descriptor = try openDescriptor()
    do throws(SystemCallFailure) {
      guard !isDurable || calls.synchronize(descriptor) == 0 else {
        throw SystemCallFailure("synchronize")
      }
      state = .finished
      // After EINTR the descriptor is closed as well.
      guard calls.close(descriptor) == 0 || errno == EINTR else { throw SystemCallFailure("close") }
      guard !belongsToFolder else { return }
      try rename()
      if isDurable { try synchronizeFolder(splitPath(target).folder, with: calls) }
    } catch {
      throw fail(error)
    }
  }

  /// Gives a finished file its name.
  func rename() throws(SystemCallFailure) {
    if isOverwriting {
      guard calls.rename(temporary.path, target) == 0 else { throw SystemCallFailure("rename") }
    } else if calls.link(temporary.path, target) == 0 {
      // Unlike a rename, a second name is refused where a file has come up in the meantime.
      _ = calls.remove(temporary.path)
    } else {
      // Some file systems know no second names; there a look before the rename must do.
      let isUnknown = [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno)
      guard isUnknown else { throw SystemCallFailure("rename") }
      guard access(target, F_OK) != 0 else { throw SystemCallFailure("rename", errno: EEXIST) }
      guard calls.rename(temporary.path, target) == 0 else { throw SystemCallFailure("rename") }
    }
    forget()
  }

  /// Leaves the file to the name it has now.
  func forget() {
    state = .settled
    temporary.forget()
  }

  /// Drops the file, unless ``commit()`` has given it its name.
  package func discard() {
    switch state {
    case .open(let descriptor):
      _ = calls.close(descriptor)
      temporary.discard(with: calls)
    case .finished:
      temporary.discard(with: calls)
    case .settled, .failed: return
    }
    state = .settled
  }

  /// Whether the bytes are durable and the name is still to come.
  var isFinished: Bool {
    if case .finished = state { true } else { false }
  }

  private func openDescriptor() throws(OutputError) -> Int32 {
    switch state {
    case .open(let descriptor): return descriptor
    case .failed(let error): throw error
    case .finished, .settled: preconditionFailure("the file was committed or discarded")
    }
  }

  private func fail(_ failure: SystemCallFailure, pending: Int = 0) -> OutputError {
    let error =
      if failure.operation == "rename" && failure.code == EEXIST {
        OutputError(.alreadyExists, at: path)
      } else {
        OutputError(
          .inputOutput(
            operation: failure.operation, errno: failure.code,
            bytesNeeded: max(expectedByteCount, byteCount + pending)), at: path)
      }
    discard()
    state = .failed(error)
    return error
  }
}

extension AtomicFile {
  /// Writes a whole file at once.
  package static func write(
    _ bytes: [UInt8], to path: String, overwriting isOverwriting: Bool = false,
    durable isDurable: Bool = true
  ) throws(OutputError) {
    let file = try AtomicFile(
      at: path, overwriting: isOverwriting, expectedByteCount: bytes.count, durable: isDurable)
    try file.write(bytes)
    try file.commit()
  }
}

/// The path that a rename may replace and the permissions to keep, once the target allows it.
func resolvedTarget(
  _ path: String, overwriting isOverwriting: Bool
) throws(OutputError) -> (path: String, mode: mode_t?) {
  let name = splitPath(path).name
  guard !name.isEmpty, name != ".", name != "..", !path.utf8.contains(0) else {
    throw OutputError(.notARegularFile, at: path)
  }
  var status = stat()
  guard lstat(path, &status) == 0 else {
    // Where the folder is missing or may not be entered, creating the temporary says so.
    return (path, nil)
  }
  guard stat(path, &status) == 0, let resolved = realpath(path, nil) else {
    // A link to nothing: it counts as something that exists, and may be replaced like a file.
    guard isOverwriting else { throw OutputError(.alreadyExists, at: path) }
    return (path, nil)
  }
  defer { free(resolved) }
  guard status.st_mode & S_IFMT == S_IFREG else { throw OutputError(.notARegularFile, at: path) }
  guard isOverwriting else { throw OutputError(.alreadyExists, at: path) }
  return (String(cString: resolved), status.st_mode & 0o777)
}
