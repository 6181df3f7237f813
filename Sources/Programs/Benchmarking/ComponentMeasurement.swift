import Glibc
import Torch

/// The times of one component, beside what it has to do and what the machine does at most.
package struct ComponentMeasurement: Codable, Hashable, Sendable {
  package let component: String
  /// Counts by name, such as tokens.
  package let sizes: [String: Int]
  package let precision: BenchmarkPrecision
  /// The processor as Linux names it.
  package let processor: String
  package let threads: Int
  /// Of each run, in their order.
  package let seconds: [Double]
  package let medianSeconds: Double
  package let leastSeconds: Double
  package let mostSeconds: Double
  /// nil where the work is not counted.
  package let counts: WorkCounts?
  package let peak: MachinePeak
  /// Of the machine's products.
  package let shareOfPeak: Double?
  /// Of the machine's copying.
  package let shareOfCopy: Double?
  /// Of the result against float64, by the root of the mean square; nil where it was not compared.
  package let relativeError: Double?
  /// The most that this process has had in main memory, in bytes.
  package let peakMemory: Int

  enum CodingKeys: String, CodingKey {
    case component, sizes, precision, processor, threads, seconds, counts, peak
    case medianSeconds = "median_seconds"
    case leastSeconds = "least_seconds"
    case mostSeconds = "most_seconds"
    case shareOfPeak = "share_of_peak"
    case shareOfCopy = "share_of_copy"
    case relativeError = "relative_error"
    case peakMemory = "peak_memory_bytes"
  }

  init(
    component: String, sizes: [String: Int], precision: BenchmarkPrecision, seconds: [Double],
    counts: WorkCounts?, peak: MachinePeak, relativeError: Double? = nil
  ) {
    self.component = component
    self.sizes = sizes
    self.precision = precision
    self.seconds = seconds
    self.counts = counts
    self.peak = peak
    self.relativeError = relativeError
    processor = Self.processor
    threads = TorchThreads.count
    let sorted = seconds.sorted()
    let middle = sorted.count / 2
    let median: Double =
      sorted.isEmpty
      ? 0
      : sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    medianSeconds = median
    leastSeconds = sorted.first ?? 0
    mostSeconds = sorted.last ?? 0
    func share(_ amount: Double?, _ rate: Double) -> Double? {
      guard let amount, rate > 0, median > 0 else { return nil }
      return amount / median / rate
    }
    shareOfPeak = share(counts?.operations, peak.operationsPerSecond)
    shareOfCopy = share(counts?.bytes, peak.copiedBytesPerSecond)
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    peakMemory = Int(usage.ru_maxrss) * 1024
  }

  private static var processor: String {
    let file = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "unknown" }
    defer { close(file) }
    let text = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      count = max(0, read(file, buffer.baseAddress, buffer.count))
    }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    guard let line = lines.first(where: { $0.hasPrefix("model name") }),
      let name = line.split(separator: ":").last
    else { return "unknown" }
    return String(name.drop { $0 == " " })
  }
}
