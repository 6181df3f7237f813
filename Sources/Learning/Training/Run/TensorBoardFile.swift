import AtomicFiles
import Glibc

/// Curves for TensorBoard: a file of events that each hold one number.
///
/// A record is its length (8 bytes), the masked CRC-32C of the length, the bytes and the masked CRC-32C of the bytes, all
/// little-endian; the bytes are a protocol buffer `tensorflow.Event`. Source: TensorFlow's `record_writer.h`,
/// `event.proto`, `summary.proto`. A run that goes on begins another file, whose first event tells TensorBoard to forget
/// what earlier files say of that step and later ones.
final class TensorBoardFile {
  private let path: String
  private let descriptor: Int32

  /// Makes a file that no other run has.
  ///
  /// - Parameters:
  ///   - folder: Of the run.
  ///   - step: The last step that earlier files may tell of.
  /// - Throws: `OutputError`.
  init(in folder: String, after step: Int) throws(OutputError) {
    path = "\(folder)/events.out.tfevents.\(Self.seconds).layered.\(getpid()).\(step)"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError(.cannotCreate(operation: "open", errno: errno), at: path)
    }
    var version = Self.event(step: 0)
    version.append(3, bytes: Array("brain.Event:2".utf8))
    try write(version)
    if step > 0 {
      // SessionLog { status: START }
      var session = ProtocolBuffer()
      session.append(1, integer: 1)
      var start = Self.event(step: step + 1)
      start.append(7, bytes: session.bytes)
      try write(start)
    }
  }

  deinit { close(descriptor) }

  /// Adds a number to each named curve.
  ///
  /// - Throws: `OutputError`.
  func append(_ values: [(name: String, value: Double)], step: Int) throws(OutputError) {
    var summary = ProtocolBuffer()
    for (name, value) in values {
      var entry = ProtocolBuffer()
      entry.append(1, bytes: Array(name.utf8))
      entry.append(2, float: Float(value))
      summary.append(1, bytes: entry.bytes)
    }
    var event = Self.event(step: step)
    event.append(5, bytes: summary.bytes)
    try write(event)
  }

  private static var seconds: Int { time(nil) }

  private static func event(step: Int) -> ProtocolBuffer {
    var event = ProtocolBuffer()
    event.append(1, double: Double(seconds))
    event.append(2, integer: UInt64(max(step, 0)))
    return event
  }

  private func write(_ event: ProtocolBuffer) throws(OutputError) {
    let length = littleEndian(UInt64(event.bytes.count))
    let record =
      length + littleEndian(maskedChecksum(length)) + event.bytes
      + littleEndian(maskedChecksum(event.bytes))
    let count = record.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard count == record.count else {
      throw OutputError(
        .inputOutput(operation: "write", errno: errno, bytesNeeded: record.count), at: path)
    }
  }
}

/// The wire format of protocol buffers, as far as an event needs it.
private struct ProtocolBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ field: UInt64, integer: UInt64) {
    append(variable: field << 3)
    append(variable: integer)
  }

  mutating func append(_ field: UInt64, double: Double) {
    append(variable: field << 3 | 1)
    bytes += littleEndian(double.bitPattern)
  }

  mutating func append(_ field: UInt64, bytes content: [UInt8]) {
    append(variable: field << 3 | 2)
    append(variable: UInt64(content.count))
    bytes += content
  }

  mutating func append(_ field: UInt64, float: Float) {
    append(variable: field << 3 | 5)
    bytes += littleEndian(float.bitPattern)
  }

  private mutating func append(variable: UInt64) {
    var rest = variable
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The CRC-32C (Castagnoli), turned and moved so that a checksum of checksums is not degenerate.
func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
  var state: UInt32 = ~0
  for byte in bytes {
    state ^= UInt32(byte)
    for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
  }
  let checksum = ~state
  return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
}
