private enum Operators {
  static let relu = Operator("aten::relu")
  static let maximum = Operator("aten::max_pool2d")
  static let average = Operator("aten::avg_pool2d")
}

extension Tensor {
  /// Zero in place of what is negative.
  package func rectified() throws(TorchError) -> Tensor { try Operators.relu(.tensor(self)) }

  /// The largest number under each place of a square window over `[B, C, H, W]`; the padding is never the largest.
  package func maximumPooled(
    over side: Int, stride: Int, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try Operators.maximum(
      .tensor(self), .integers([side, side]), .integers([stride, stride]),
      .integers([padding, padding]))
  }

  /// The mean of what lies under each place of a square window over `[B, C, H, W]`; the padding does not count.
  package func averagePooled(
    over side: Int, stride: Int, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try Operators.average(
      .tensor(self), .integers([side, side]), .integers([stride, stride]),
      .integers([padding, padding]), .flag(false), .flag(false))
  }
}
