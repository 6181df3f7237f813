import Glibc

/// A regular file open for reading.
package struct RegularFile {
  package let descriptor: Int32
  /// The file as it was when it was opened.
  package let status: stat

  package var byteCount: Int { Int(status.st_size) }

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - path: The file's name.
  ///   - isFollowing: Whether the file may be one that a link of that name leads to.
  /// - Throws: ``RegularFileError``; the file is then closed.
  package init(
    path: String, followingLinks isFollowing: Bool = true
  ) throws(RegularFileError) {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    let descriptor = open(
      path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (isFollowing ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else { throw .systemCallFailed("open", errno: errno) }
    var status = stat()
    let result = fstat(descriptor, &status)
    let code = errno
    guard result == 0, status.st_mode & S_IFMT == S_IFREG else {
      Glibc.close(descriptor)
      throw result == 0 ? .notARegularFile : .systemCallFailed("fstat", errno: code)
    }
    self.descriptor = descriptor
    self.status = status
  }

  package func close() {
    Glibc.close(descriptor)
  }

  /// Up to `count` bytes from `offset` on; fewer where the file ends.
  package func read(count: Int, at offset: Int) throws(RegularFileError) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let result = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, offset + filled)
        if result < 0, errno == EINTR { continue }
        if result < 0 { code = errno }
        guard result > 0 else { return }
        filled += result
      }
    }
    guard code == 0 else { throw .systemCallFailed("read", errno: code) }
    return bytes
  }

  /// The whole content of a file of at most `limit` bytes.
  package static func contents(
    path: String, limit: Int, followingLinks: Bool = true
  ) throws(RegularFileError) -> [UInt8] {
    let file = try RegularFile(path: path, followingLinks: followingLinks)
    defer { file.close() }
    guard file.byteCount <= limit else {
      throw .tooLong(byteCount: file.byteCount, limit: limit)
    }
    return try file.read(count: file.byteCount, at: 0)
  }
}

/// Why a file could not be read.
package enum RegularFileError: Error, Hashable, Sendable {
  case systemCallFailed(String, errno: Int32)
  case notARegularFile
  case tooLong(byteCount: Int, limit: Int)
}
