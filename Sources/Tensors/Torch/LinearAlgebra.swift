private enum Operators {
  static let qr = Operator("aten::linalg_qr")
  static let singularValues = Operator("aten::linalg_svdvals")
}

extension Tensor {
  /// The triangular factor R of a matrix `[m, n]`, so that `Rᵀ R` is its transpose times itself; `[min(m, n), n]`.
  package func triangularFactor() throws(TorchError) -> Tensor {
    try Operators.qr.tensors([.tensor(self), .text("r")], capacity: 2)[1]
  }

  /// The singular values of a matrix `[m, n]` in descending order, `[min(m, n)]`.
  package func singularValues() throws(TorchError) -> Tensor {
    try Operators.singularValues(.tensor(self))
  }
}
