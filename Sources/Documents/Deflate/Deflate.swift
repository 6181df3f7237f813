import ZLibrary

/// The two forms in which files hold deflated data.
package enum DeflateContainer: Sendable {
  /// The stream alone, as in ZIP files.
  case raw

  /// With zlib's header and checksum, as in PNG and PSD files.
  case zlib

  /// What zlib takes for the form and the largest window.
  fileprivate var windowBits: Int32 {
    switch self {
    case .raw: -MAX_WBITS
    case .zlib: MAX_WBITS
    }
  }
}

/// The most bytes that one byte of deflated data can become.
private let maximumRatio = 1032

/// Unpacks one stream of which the size is known.
///
/// No more memory is taken than `byteCount`, and none where the data cannot hold as much. Bytes after the
/// stream are left alone.
///
/// - Throws: ``DeflateError``.
package func inflated(
  _ bytes: ArraySlice<UInt8>, from container: DeflateContainer, byteCount: Int
) throws(DeflateError) -> [UInt8] {
  let (most, isHuge) = bytes.count.multipliedReportingOverflow(by: maximumRatio)
  guard byteCount >= 0, isHuge || byteCount <= most else {
    throw .byteCount(found: most, expected: byteCount)
  }
  var stream = z_stream()
  guard
    inflateInit2_(
      &stream, container.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { throw .outOfMemory }
  defer { inflateEnd(&stream) }
  var status = Z_OK
  // One place more than is wanted shows whether there is more.
  var result = [UInt8](unsafeUninitializedCapacity: byteCount + 1) { target, count in
    bytes.withUnsafeBufferPointer { source in
      status = run(&stream, from: source, to: target, count: &count) { inflate($0, Z_NO_FLUSH) }
    }
  }
  switch status {
  case Z_STREAM_END where result.count == byteCount: return result
  case Z_STREAM_END, Z_OK, Z_BUF_ERROR:
    if result.count > byteCount || status == Z_STREAM_END {
      throw .byteCount(found: result.count, expected: byteCount)
    }
    result = []
    throw .truncated
  case Z_MEM_ERROR: throw .outOfMemory
  default: throw .damaged(detail: stream.msg.map { String(cString: $0) } ?? "zlib error \(status)")
  }
}

/// Packs bytes; the same bytes give the same stream in every run.
///
/// - Throws: ``DeflateError/outOfMemory``.
package func deflated(
  _ bytes: [UInt8], to container: DeflateContainer
) throws(DeflateError) -> [UInt8] {
  var stream = z_stream()
  guard
    deflateInit2_(
      &stream, 6, Z_DEFLATED, container.windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { throw .outOfMemory }
  defer { deflateEnd(&stream) }
  let bound = Int(deflateBound(&stream, UInt(bytes.count)))
  var status = Z_OK
  let result = [UInt8](unsafeUninitializedCapacity: bound) { target, count in
    bytes.withUnsafeBufferPointer { source in
      status = run(&stream, from: source, to: target, count: &count) {
        deflate($0, $0.pointee.avail_in == 0 ? Z_FINISH : Z_NO_FLUSH)
      }
    }
  }
  guard status == Z_STREAM_END else { throw .outOfMemory }
  return result
}

/// The CRC-32 of ZIP and PNG.
package func crc32Checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.withUnsafeBytes { crc32Checksum($0) }
}

/// The CRC-32 of ZIP and PNG.
package func crc32Checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  var checksum: UInt = 0
  var rest = bytes[...]
  while !rest.isEmpty {
    let part = UnsafeRawBufferPointer(rebasing: rest.prefix(largestPart))
    let start = part.baseAddress?.assumingMemoryBound(to: UInt8.self)
    checksum = crc32(checksum, start, UInt32(part.count))
    rest = rest.dropFirst(part.count)
  }
  return UInt32(truncatingIfNeeded: checksum)
}

/// How many bytes zlib gets at once; its counters have 32 bits.
private let largestPart = 1 << 30

/// Calls `step` until it does not answer `Z_OK`, feeding it in parts, and counts what came out.
private func run(
  _ stream: inout z_stream, from source: UnsafeBufferPointer<UInt8>,
  to target: UnsafeMutableBufferPointer<UInt8>, count: inout Int,
  step: (UnsafeMutablePointer<z_stream>) -> Int32
) -> Int32 {
  var read = 0
  var status = Z_OK
  while status == Z_OK {
    let input = min(source.count - read, largestPart)
    let output = min(target.count - count, largestPart)
    stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + read) }
    stream.avail_in = UInt32(input)
    stream.next_out = target.baseAddress.map { $0 + count }
    stream.avail_out = UInt32(output)
    status = step(&stream)
    read += input - Int(stream.avail_in)
    count += output - Int(stream.avail_out)
  }
  return status
}
