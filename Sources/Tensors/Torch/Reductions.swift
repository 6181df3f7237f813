private enum Operators {
  static let mean = Operator("aten::mean", "dim")
  static let meanAll = Operator("aten::mean")
  static let sum = Operator("aten::sum", "dim_IntList")
  static let sumAll = Operator("aten::sum")
  static let norm = Operator("aten::linalg_vector_norm")
  static let argmax = Operator("aten::argmax")
  static let max = Operator("aten::max")
  static let maximum = Operator("aten::amax")
  static let all = Operator("aten::all")
  static let isFinite = Operator("aten::isfinite")
  static let cumulativeSum = Operator("aten::cumsum")
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

  /// The index of the largest element along an axis, the first on ties.
  package func indexOfMaximum(along axis: Int) throws(TorchError) -> Tensor {
    try Operators.argmax(.tensor(self), .integer(axis))
  }

  package func maximum(along axis: Int, keepingAxis: Bool = false) throws(TorchError) -> Tensor {
    try Operators.maximum(.tensor(self), .integers([axis]), .flag(keepingAxis))
  }

  /// The largest of all elements, a tensor of rank 0.
  package func maximum() throws(TorchError) -> Tensor { try Operators.max(.tensor(self)) }

  package func cumulativeSum(along axis: Int) throws(TorchError) -> Tensor {
    try Operators.cumulativeSum(.tensor(self), .integer(axis))
  }

  /// Whether no element is infinite or not a number.
  package func isFinite() throws(TorchError) -> Bool {
    try Operators.all(.tensor(Operators.isFinite(.tensor(self)))).values(as: UInt8.self) == [1]
  }
}
