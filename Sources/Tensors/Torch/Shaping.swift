private enum Operators {
  static let reshape = Operator("aten::reshape")
  static let permute = Operator("aten::permute")
  static let transpose = Operator("aten::transpose", "int")
  static let contiguous = Operator("aten::contiguous")
  static let expand = Operator("aten::expand")
  static let unsqueeze = Operator("aten::unsqueeze")
  static let squeeze = Operator("aten::squeeze", "dim")
  static let slice = Operator("aten::slice", "Tensor")
  static let select = Operator("aten::select", "int")
  static let split = Operator("aten::split_with_sizes")
  static let chunk = Operator("aten::chunk")
  static let unbind = Operator("aten::unbind", "int")
  static let indexSelect = Operator("aten::index_select")
  static let indexCopy = Operator("aten::index_copy")
  static let tile = Operator("aten::repeat")
  static let pad = Operator("aten::constant_pad_nd")
  static let flip = Operator("aten::flip")
  static let clone = Operator("aten::clone")
  static let copy = Operator("aten::copy_")
  static let toDType = Operator("aten::to", "dtype")
  static let toDevice = Operator("aten::to", "device")
}

/// How the elements of a picture batch `[B, C, H, W]` lie in memory.
package enum MemoryFormat: Int, Sendable {
  case contiguous = 0
  case channelsLast = 2
}

extension Tensor {
  /// The same elements in row-major order under another shape; one length may be -1.
  package func reshaped(to shape: [Int]) throws(TorchError) -> Tensor {
    try Operators.reshape(.tensor(self), .integers(shape))
  }

  /// A view whose axis `i` is this tensor's axis `axes[i]`.
  package func permuted(_ axes: [Int]) throws(TorchError) -> Tensor {
    try Operators.permute(.tensor(self), .integers(axes))
  }

  package func swappingAxes(_ a: Int, _ b: Int) throws(TorchError) -> Tensor {
    try Operators.transpose(.tensor(self), .integer(a), .integer(b))
  }

  /// The same tensor laid out in the given order; itself where it already is.
  package func contiguous(_ format: MemoryFormat = .contiguous) throws(TorchError) -> Tensor {
    try Operators.contiguous(.tensor(self), .integer(format.rawValue))
  }

  /// A view that repeats axes of length one up to `shape`; -1 keeps a length.
  package func expanded(to shape: [Int]) throws(TorchError) -> Tensor {
    try Operators.expand(.tensor(self), .integers(shape))
  }

  package func addingAxis(at axis: Int) throws(TorchError) -> Tensor {
    try Operators.unsqueeze(.tensor(self), .integer(axis))
  }

  package func removingAxis(at axis: Int) throws(TorchError) -> Tensor {
    try Operators.squeeze(.tensor(self), .integer(axis))
  }

  /// A view of the positions `range` of an axis.
  package func slice(_ range: Range<Int>, along axis: Int) throws(TorchError) -> Tensor {
    try Operators.slice(
      .tensor(self), .integer(axis), .integer(range.lowerBound), .integer(range.upperBound))
  }

  /// A view of every `step`-th position of an axis.
  package func strided(from start: Int, by step: Int, along axis: Int) throws(TorchError) -> Tensor
  {
    try Operators.slice(.tensor(self), .integer(axis), .integer(start), .none, .integer(step))
  }

  /// A view of one position of an axis, which goes away.
  package func select(_ index: Int, along axis: Int) throws(TorchError) -> Tensor {
    try Operators.select(.tensor(self), .integer(axis), .integer(index))
  }

  /// Views of consecutive pieces of an axis.
  package func split(_ lengths: [Int], along axis: Int) throws(TorchError) -> [Tensor] {
    try Operators.split.tensors(
      [.tensor(self), .integers(lengths), .integer(axis)], capacity: lengths.count)
  }

  /// Views of `count` equal pieces of an axis.
  package func chunks(_ count: Int, along axis: Int) throws(TorchError) -> [Tensor] {
    let pieces = try Operators.chunk.tensors(
      [.tensor(self), .integer(count), .integer(axis)], capacity: count)
    guard pieces.count == count else {
      throw .unexpectedShape(
        what: "\(count) chunks along axis \(axis)", expected: [count], found: shape)
    }
    return pieces
  }

  /// Views of every position of an axis, which goes away.
  package func unstacked(along axis: Int) throws(TorchError) -> [Tensor] {
    let shape = shape
    let index = axis < 0 ? axis + shape.count : axis
    guard shape.indices.contains(index) else {
      throw .unexpectedShape(what: "axis \(axis)", expected: [], found: shape)
    }
    return try Operators.unbind.tensors([.tensor(self), .integer(axis)], capacity: shape[index])
  }

  /// The positions `indices` (int64, shape `[n]`) of an axis, copied in that order.
  package func gathered(_ indices: Tensor, along axis: Int) throws(TorchError) -> Tensor {
    try Operators.indexSelect(.tensor(self), .integer(axis), .tensor(indices))
  }

  /// A copy in which the positions `indices` of an axis hold `values`.
  package func replacing(_ indices: Tensor, along axis: Int, with values: Tensor) throws(TorchError)
    -> Tensor
  {
    try Operators.indexCopy(.tensor(self), .integer(axis), .tensor(indices), .tensor(values))
  }

  /// The whole tensor repeated `counts[i]` times along axis i.
  package func tiled(_ counts: [Int]) throws(TorchError) -> Tensor {
    try Operators.tile(.tensor(self), .integers(counts))
  }

  /// Padded with `value`; `widths` are (before, after) of the last axis, then of the one before it, and so on.
  package func padded(_ widths: [Int], with value: Double = 0) throws(TorchError) -> Tensor {
    try Operators.pad(.tensor(self), .integers(widths), .real(value))
  }

  package func reversed(along axis: Int) throws(TorchError) -> Tensor {
    try Operators.flip(.tensor(self), .integers([axis]))
  }

  /// A copy in memory of its own.
  package func copied() throws(TorchError) -> Tensor { try Operators.clone(.tensor(self)) }

  /// Overwrites the elements: every tensor that shares this memory sees it.
  package func overwrite(with other: Tensor) throws(TorchError) {
    _ = try Operators.copy(.tensor(self), .tensor(other))
  }

  /// Of another element type; itself where the type is the same.
  package func converted(to dtype: DType) throws(TorchError) -> Tensor {
    guard dtype != self.dtype else { return self }
    return try Operators.toDType(.tensor(self), .dtype(dtype))
  }

  /// On another device; itself where the device is the same.
  package func moved(to device: Device) throws(TorchError) -> Tensor {
    guard device != self.device else { return self }
    return try Operators.toDevice(.tensor(self), .device(device), .dtype(dtype))
  }
}
