import CTorch

#if canImport(Glibc)
import Glibc
#endif

/// Where a tensor's elements live.
package enum Device: Hashable, Sendable, CustomStringConvertible {
  case cpu
  /// A CUDA device by its index.
  case cuda(Int)
  /// Apple's GPU.
  case mps
  /// No elements at all: shapes and types only, so that a model of any size can be laid out.
  case meta

  /// The number of `c10::DeviceType` and the device's index.
  var code: (type: Int32, index: Int32) {
    switch self {
    case .cpu: (0, -1)
    case .cuda(let index): (1, Int32(clamping: index))
    case .mps: (13, -1)
    case .meta: (14, -1)
    }
  }

  init(type: Int32, index: Int32) {
    self =
      switch type {
      case 1: .cuda(Int(max(index, 0)))
      case 13: .mps
      case 14: .meta
      default: .cpu
      }
  }

  package var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(0): "cuda"
    case .cuda(let index): "cuda:\(index)"
    case .mps: "mps"
    case .meta: "meta"
    }
  }

  /// Makes the device ready for use; the program holds no CUDA code, so the first use opens it.
  ///
  /// - Throws: ``TorchError/deviceUnavailable(_:reason:)`` where this machine or this libtorch has no such device.
  package func prepare() throws(TorchError) {
    switch self {
    case .cpu, .meta: return
    case .mps: throw .deviceUnavailable(self, reason: "this libtorch is built without MPS")
    case .cuda(let index):
      // The driver is asked first: without it libtorch_cuda.so loads for seconds only to find nothing.
      guard let driver = dlopen("libcuda.so.1", RTLD_LAZY) else {
        throw .deviceUnavailable(
          self, reason: "no NVIDIA driver is installed (libcuda.so.1 not found)")
      }
      dlclose(driver)
      var count: Int32 = 0
      guard ctorch_open_cuda("libtorch_cuda.so", &count) == CTORCH_OK else {
        let line = String(cString: ctorch_last_error()).prefix { $0 != "\n" }
        throw .deviceUnavailable(self, reason: String(line))
      }
      guard index >= 0, index < Int(count) else {
        throw .deviceUnavailable(self, reason: "this machine has \(count) CUDA device(s)")
      }
    }
  }
}
