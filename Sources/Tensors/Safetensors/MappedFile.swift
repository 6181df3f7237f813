import Glibc

/// The bytes of a file in memory, read-only; they stay valid as long as this object lives.
///
/// The operating system reads a page when it is first touched. A file that is cut while it is
/// mapped has no page to give and the process receives SIGBUS: ``MappedFileFault`` turns that into
/// a message. A file that is changed in place is told by ``verifyUnchanged()``.
package final class MappedFile: Sendable {
  /// What tells one state of a file from another.
  struct Identity: Hashable {
    let device: UInt
    let inode: UInt
    let byteCount: Int
    let modificationSeconds: Int
    let modificationNanoseconds: Int

    init(_ status: stat) {
      device = UInt(status.st_dev)
      inode = UInt(status.st_ino)
      byteCount = Int(status.st_size)
      modificationSeconds = status.st_mtim.tv_sec
      modificationNanoseconds = status.st_mtim.tv_nsec
    }
  }

  package let path: String
  /// The file as it was when it was opened.
  let identity: Identity
  nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer
  private let faultPlace: Int?

  /// Maps the whole file behind `descriptor`, which may be closed afterwards.
  init(
    path: String, descriptor: Int32, identity: Identity
  ) throws(SafetensorsError.Reason) {
    guard
      let address = mmap(nil, identity.byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0),
      address != MAP_FAILED
    else { throw .systemCallFailed("mmap", errno: errno) }
    self.path = path
    self.identity = identity
    bytes = UnsafeRawBufferPointer(start: address, count: identity.byteCount)
    faultPlace = MappedFileFault.insert(bytes, path: path)
  }

  deinit {
    MappedFileFault.erase(faultPlace)
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
  }

  /// Gives the memory behind these bytes back to the system, which reads them from the file again
  /// when they are next touched.
  ///
  /// Only pages that lie inside as a whole are given back: the others hold bytes of a neighbour.
  func discard(_ bytes: UnsafeRawBufferPointer) {
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    let address = Int(bitPattern: bytes.baseAddress)
    let begin = (address + pageSize - 1) / pageSize * pageSize
    let end = (address + bytes.count) / pageSize * pageSize
    guard begin < end else { return }
    // Failure leaves the pages where they are, which is no fault.
    madvise(UnsafeMutableRawPointer(bitPattern: begin), end - begin, MADV_DONTNEED)
  }

  /// Checks that the file at the path is still the one that was opened, of the same size and time.
  ///
  /// - Throws: `.changedSinceOpening` saying what is different.
  package func verifyUnchanged() throws(SafetensorsError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let what = "it can no longer be read (\(String(cString: strerror(errno))))"
      throw SafetensorsError(.changedSinceOpening(what), in: path)
    }
    let now = Identity(status)
    guard now != identity else { return }
    let what =
      if now.device != identity.device || now.inode != identity.inode {
        "another file has taken its place"
      } else if now.byteCount != identity.byteCount {
        "it had \(identity.byteCount) bytes and has \(now.byteCount)"
      } else {
        "it was written to"
      }
    throw SafetensorsError(.changedSinceOpening(what), in: path)
  }
}
