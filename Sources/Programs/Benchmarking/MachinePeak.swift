import Torch

/// What this machine does at most, measured by loops that do nothing else.
package struct MachinePeak: Codable, Hashable, Sendable {
  /// Multiplications and additions a second in a loop over registers, by the widest instructions for the precision that the
  /// processor has, on all threads; 0 for a processor whose instructions are not known here.
  package let operationsPerSecond: Double
  /// Bytes read and written a second by a loop that copies 128 MiB, on all threads.
  package let copiedBytesPerSecond: Double

  enum CodingKeys: String, CodingKey {
    case operationsPerSecond = "operations_per_second"
    case copiedBytesPerSecond = "copied_bytes_per_second"
  }

  /// Takes about a second.
  ///
  /// - Throws: ``TorchError``.
  package init(of precision: BenchmarkPrecision) throws(TorchError) {
    operationsPerSecond = try Self.peak(precision.rawValue)
    copiedBytesPerSecond = try Self.peak("copy")
  }

  private static func peak(_ kind: String) throws(TorchError) -> Double {
    try measuredPeak(of: kind).values(as: Double.self).first ?? 0
  }
}
