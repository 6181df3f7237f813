import AtomicFiles
import FoundationEssentials
import Glibc

/// The place of a new model folder, where an older one may stand.
///
/// The older one steps aside once the new one is finished, and is then removed. Only a model folder is ever removed.
struct ReplaceableFolder {
  /// Where to build the new folder: the path itself, or beside a folder that is to be replaced.
  let temporaryPath: String
  /// The folder to be replaced, its links resolved.
  private let replacedPath: String?

  /// - Throws: `OutputError` where the path is taken and may not be replaced.
  init(_ path: String, replacing isReplacing: Bool) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      temporaryPath = path
      replacedPath = nil
      return
    }
    guard isReplacing else { throw OutputError(.alreadyExists, at: path) }
    // What is not a model folder, or not one of this model, says so.
    _ = try CheckpointFolder(path: path)
    guard let resolved = realpath(path, nil) else {
      throw OutputError(.cannotCreate(operation: "open folder", errno: errno), at: path)
    }
    defer { free(resolved) }
    let replaced = String(cString: resolved)
    replacedPath = replaced
    temporaryPath = "\(replaced).new-\(getpid())"
  }

  /// Checks that the disk has room, so that hours of writing do not end with a full one.
  ///
  /// - Throws: `OutputError` with the number of bytes that are needed.
  func requireRoom(for byteCount: Int) throws(OutputError) {
    let parent = URL(filePath: temporaryPath).deletingLastPathComponent().path
    var status = statvfs()
    // Where the disk does not say, writing will.
    guard statvfs(parent, &status) == 0 else { return }
    let (available, isLarge) = UInt64(status.f_bavail).multipliedReportingOverflow(
      by: UInt64(status.f_frsize))
    guard isLarge || available >= byteCount else {
      throw OutputError(
        .inputOutput(operation: "make room", errno: ENOSPC, bytesNeeded: byteCount),
        at: replacedPath ?? temporaryPath)
    }
  }

  /// Puts the finished folder in the place of the older one.
  func show() throws {
    guard let replacedPath else { return }
    let older = "\(replacedPath).old-\(getpid())"
    do {
      try move(replacedPath, to: older)
      do {
        try move(temporaryPath, to: replacedPath)
      } catch {
        try move(older, to: replacedPath)
        throw error
      }
    } catch {
      try? FileManager.default.removeItem(atPath: temporaryPath)
      throw error
    }
    try FileManager.default.removeItem(atPath: older)
  }

  private func move(_ path: String, to target: String) throws(OutputError) {
    guard rename(path, target) == 0 else {
      throw OutputError(.cannotCreate(operation: "rename", errno: errno), at: target)
    }
  }
}
