import Glibc

/// The calls by which outputs reach the disk, each returning -1 with `errno` on failure.
///
/// Tests replace ``current`` to let any of them fail, in every writer alike.
package struct FileSystemCalls: Sendable {
  /// Path and permissions; fails where the path exists.
  package var create: @Sendable (String, mode_t) -> Int32 = { path, mode in
    open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
  }
  package var makeFolder: @Sendable (String) -> Int32 = { mkdir($0, 0o777) }
  package var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Glibc.write($0, $1, $2) }
  /// Bytes that the file system of an open file has left, or -1 where it does not say.
  package var freeByteCount: @Sendable (Int32) -> Int = { descriptor in
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0, status.f_blocks > 0 else { return -1 }
    let (count, overflow) = status.f_bavail.multipliedReportingOverflow(by: UInt(status.f_frsize))
    return overflow ? -1 : Int(clamping: count)
  }
  package var synchronize: @Sendable (Int32) -> Int32 = { fsync($0) }
  package var close: @Sendable (Int32) -> Int32 = { Glibc.close($0) }
  /// Gives what stands at the first path the second name and replaces what has it.
  package var rename: @Sendable (String, String) -> Int32 = { Glibc.rename($0, $1) }
  /// Gives a file a second name; fails where something has it.
  package var link: @Sendable (String, String) -> Int32 = { Glibc.link($0, $1) }
  package var remove: @Sendable (String) -> Int32 = { Glibc.remove($0) }

  package init() {}

  /// The calls that files and folders begun from here on use.
  @TaskLocal package static var current = FileSystemCalls()
}
