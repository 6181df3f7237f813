private enum Operators {
  static let full = Operator("aten::full")
  static let empty = Operator("aten::empty", "memory_format")
  static let arange = Operator("aten::arange", "start")
  static let randn = Operator("aten::randn", "generator")
  static let cat = Operator("aten::cat")
  static let stack = Operator("aten::stack")
}

extension Tensor {
  /// A tensor with every element `value`.
  package static func full(
    _ value: Double, shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operators.full(.integers(shape), .real(value), .dtype(dtype), .none, .device(device))
  }

  package static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try full(0, shape: shape, dtype: dtype, device: device)
  }

  package static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try full(1, shape: shape, dtype: dtype, device: device)
  }

  /// A tensor whose elements are yet to be written.
  ///
  /// On the meta device: a shape alone.
  package static func uninitialized(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operators.empty(.integers(shape), .dtype(dtype), .none, .device(device))
  }

  /// The numbers `start`, `start + 1`, … below `end`.
  package static func range(
    from start: Int = 0, to end: Int, dtype: DType = .int64, device: Device = .cpu
  ) throws(TorchError) -> Tensor {
    try Operators.arange(.integer(start), .integer(end), .dtype(dtype), .none, .device(device))
  }

  /// Standard normal numbers on the CPU, those of `torch.randn(shape, generator:dtype:)`.
  package static func normal(
    _ shape: [Int], dtype: DType = .float32, generator: Generator
  ) throws(TorchError) -> Tensor {
    try Operators.randn(.integers(shape), .generator(generator), .dtype(dtype))
  }

  package init(concatenating tensors: [Tensor], along axis: Int) throws(TorchError) {
    self = try Operators.cat(.tensors(tensors), .integer(axis))
  }

  package init(stacking tensors: [Tensor], along axis: Int) throws(TorchError) {
    self = try Operators.stack(.tensors(tensors), .integer(axis))
  }
}
