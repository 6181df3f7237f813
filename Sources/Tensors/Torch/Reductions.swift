private enum Operators {
  static let mean = Operator("aten::mean", "dim")
  static let meanAll = Operator("aten::mean")
  static let sum = Operator("aten::sum", "dim_IntList")
  static let sumAll = Operator("aten::sum")
  static let norm = Operator("aten::linalg_vector_norm")
  static let max = Operator("aten::max")
  static let all = Operator("aten::all")
  static let isFinite = Operator("aten::isfinite")
}

extension Tensor {
  package func mean(along axis: Int, keepingAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operators.mean(.tensor(self), .integers([axis]), .flag(keepingAxis))
  }

  /// The mean of all elements, a tensor of rank 0.
  package func mean() throws(TorchError) -> Tensor { try Operators.meanAll(.tensor(self)) }

  package func sum(along axis: Int, keepingAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operators.sum(.tensor(self), .integers([axis]), .flag(keepingAxis))
  }

  /// The sum of all elements, a tensor of rank 0.
  package func sum() throws(TorchError) -> Tensor { try Operators.sumAll(.tensor(self)) }

  /// The Euclidean length along an axis, which is kept.
  package func euclideanNorm(along axis: Int) throws(TorchError) -> Tensor {
    try Operators.norm(.tensor(self), .real(2), .integers([axis]), .flag(true))
  }

  /// The largest of all elements, a tensor of rank 0.
  package func maximum() throws(TorchError) -> Tensor { try Operators.max(.tensor(self)) }

  /// Whether no element is infinite or not a number.
  package func isFinite() throws(TorchError) -> Bool {
    try Operators.all(.tensor(Operators.isFinite(.tensor(self)))).values(as: UInt8.self) == [1]
  }
}
