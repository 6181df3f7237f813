import AtomicFiles
import FoundationEssentials
import Glibc
import RegularFiles

/// The numbers of every step, a JSON object a line, in `metrics.jsonl` of a run.
///
/// A run that goes on from a checkpoint cuts off what was written after it, so that no step stands there twice, and a last
/// line that was written in part goes with it.
final class MetricsLog {
  private let path: String
  private let descriptor: Int32

  /// Opens the log of a run.
  ///
  /// - Parameters:
  ///   - path: Made where it is missing.
  ///   - step: The last step whose line stays.
  /// - Throws: `OutputError`.
  init(path: String, upToStep step: Int) throws {
    self.path = path
    if access(path, F_OK) == 0 { try Self.cut(path, afterStep: step) }
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw OutputError(.cannotCreate(operation: "open", errno: errno), at: path)
    }
  }

  deinit { close(descriptor) }

  /// Appends a line in one write.
  ///
  /// - Throws: `OutputError`.
  func append(_ metrics: TrainingMetrics) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try append(Array(encoder.encode(metrics)) + [UInt8(ascii: "\n")])
  }

  private func append(_ bytes: [UInt8]) throws(OutputError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw OutputError(
          .inputOutput(operation: "write", errno: errno, bytesNeeded: rest.count), at: path)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Rewrites the file without lines of later steps and lines that are no metrics.
  private static func cut(_ path: String, afterStep step: Int) throws {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: 1 << 32)
    } catch {
      throw OutputError(.cannotCreate(operation: "read", errno: EIO), at: path)
    }
    var kept: [UInt8] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let metrics = try? JSONDecoder().decode(TrainingMetrics.self, from: Data(line)),
        metrics.step <= step
      else { continue }
      kept += line + [UInt8(ascii: "\n")]
    }
    guard kept != bytes else { return }
    let file = try AtomicFile(at: path, overwriting: true, expectedByteCount: kept.count)
    try file.write(kept)
    try file.commit()
  }
}
