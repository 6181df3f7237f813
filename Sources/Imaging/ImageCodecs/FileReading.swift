import Glibc

/// The bytes of a regular file.
///
/// Nothing but a regular file is read: opening never waits for the other end of a pipe.
///
/// - Throws: ``ImageCodecError`` without a path: a name that leads to no readable file, or too many bytes.
func readFile(_ path: String, maximumByteCount: Int) throws(ImageCodecError) -> [UInt8] {
  guard !path.utf8.contains(0) else { throw ImageCodecError(.missing) }
  let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard file >= 0 else { throw ImageCodecError(problem(ofOpening: errno)) }
  defer { close(file) }

  var status = stat()
  guard fstat(file, &status) == 0 else { throw ImageCodecError(.unreadable(code: errno)) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw ImageCodecError(.directory)
  default: throw ImageCodecError(.notARegularFile)
  }
  guard status.st_size <= maximumByteCount else {
    throw ImageCodecError(.fileTooLarge(byteCount: status.st_size, limit: maximumByteCount))
  }
  return try readBytes(of: file, expecting: status.st_size, maximumByteCount: maximumByteCount)
}

/// Reads to the end, however the file changes in the meantime.
private func readBytes(
  of file: Int32, expecting expectedCount: Int, maximumByteCount: Int
) throws(ImageCodecError) -> [UInt8] {
  var bytes: [UInt8] = []
  var nextCount = max(expectedCount, 0) + 1
  while true {
    var code: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: nextCount) { buffer, count in
      var result = read(file, buffer.baseAddress, buffer.count)
      while result < 0 && errno == EINTR { result = read(file, buffer.baseAddress, buffer.count) }
      code = result < 0 ? errno : 0
      count = max(0, result)
    }
    guard code == 0 else { throw ImageCodecError(.unreadable(code: code)) }
    guard !piece.isEmpty else { return bytes }
    guard piece.count <= maximumByteCount - bytes.count else {
      throw ImageCodecError(
        .fileTooLarge(byteCount: bytes.count + piece.count, limit: maximumByteCount))
    }
    if bytes.isEmpty { bytes = piece } else { bytes += piece }
    nextCount = 1 << 16
  }
}

private func problem(ofOpening code: Int32) -> ImageCodecError.Problem {
  switch code {
  case ENOENT, ENOTDIR: .missing
  case EACCES, EPERM: .permissionDenied
  case ENXIO: .notARegularFile  // a socket, or a device without a driver
  default: .unreadable(code: code)
  }
}
