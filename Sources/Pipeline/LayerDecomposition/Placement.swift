import Torch

/// Where the networks compute, and in which type.
package struct Placement: Hashable, Sendable {
  package let device: Device
  package let dtype: DType

  package init(device: Device, dtype: DType) {
    self.device = device
    self.dtype = dtype
  }

  /// - Throws: ``TorchError/deviceUnavailable(_:reason:)``.
  package init(_ options: DecompositionOptions) throws(TorchError) {
    device = options.device.device
    dtype = options.precision.dtype
    try device.prepare()
  }
}

extension DecompositionOptions.ComputeDevice {
  /// The first device of the kind.
  package var device: Device {
    switch self {
    case .cpu: .cpu
    case .cuda: .cuda(0)
    case .mps: .mps
    }
  }
}

extension DecompositionOptions.Precision {
  package var dtype: DType {
    switch self {
    case .bfloat16: .bfloat16
    case .float32: .float32
    }
  }
}
