import Torch

/// Where the networks compute, and in which type.
package struct Placement: Hashable, Sendable {
  package let device: Device
  package let dtype: DType
  /// Whether weights of linear layers become int8 where the layers bear it.
  package let quantizesLinearWeights: Bool

  package init(device: Device, dtype: DType, quantizesLinearWeights: Bool = false) {
    self.device = device
    self.dtype = dtype
    self.quantizesLinearWeights = quantizesLinearWeights
  }

  /// - Throws: ``TorchError/deviceUnavailable(_:reason:)``.
  package init(_ options: DecompositionOptions) throws(TorchError) {
    device = options.device.device
    dtype = options.precision.dtype
    quantizesLinearWeights = options.precision == .int8
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
  /// Of what is not int8.
  package var dtype: DType {
    switch self {
    case .bfloat16, .int8: .bfloat16
    case .float32: .float32
    }
  }
}
