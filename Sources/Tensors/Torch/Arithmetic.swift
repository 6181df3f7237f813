private enum Operators {
  static let add = Operator("aten::add", "Tensor")
  static let subtract = Operator("aten::sub", "Tensor")
  static let multiply = Operator("aten::mul", "Tensor")
  static let divide = Operator("aten::div", "Tensor")
  static let addScalar = Operator("aten::add", "Scalar")
  static let subtractScalar = Operator("aten::sub", "Scalar")
  static let reverseSubtractScalar = Operator("aten::rsub", "Scalar")
  static let multiplyScalar = Operator("aten::mul", "Scalar")
  static let divideScalar = Operator("aten::div", "Scalar")
  static let addInPlace = Operator("aten::add_", "Tensor")
  static let multiplyInPlace = Operator("aten::mul_", "Tensor")
  static let negate = Operator("aten::neg")
  static let reciprocal = Operator("aten::reciprocal")
  static let exp = Operator("aten::exp")
  static let sqrt = Operator("aten::sqrt")
  static let rsqrt = Operator("aten::rsqrt")
  static let cos = Operator("aten::cos")
  static let sin = Operator("aten::sin")
  static let abs = Operator("aten::abs")
  static let round = Operator("aten::round")
  static let clamp = Operator("aten::clamp")
  static let powerOfBase = Operator("aten::pow", "Scalar")
  static let select = Operator("aten::where", "self")
  static let addMultiplied = Operator("aten::addcmul")
}

// Element by element, with torch's broadcasting and type promotion. A Swift number takes the tensor's type.
extension Tensor {
  package static func + (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try Operators.add(.tensor(a), .tensor(b))
  }

  package static func - (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try Operators.subtract(.tensor(a), .tensor(b))
  }

  package static func * (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try Operators.multiply(.tensor(a), .tensor(b))
  }

  package static func / (a: Tensor, b: Tensor) throws(TorchError) -> Tensor {
    try Operators.divide(.tensor(a), .tensor(b))
  }

  package static func + (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try Operators.addScalar(.tensor(a), .real(b))
  }

  package static func + (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b + a }

  package static func - (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try Operators.subtractScalar(.tensor(a), .real(b))
  }

  package static func - (a: Double, b: Tensor) throws(TorchError) -> Tensor {
    try Operators.reverseSubtractScalar(.tensor(b), .real(a))
  }

  package static func * (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try Operators.multiplyScalar(.tensor(a), .real(b))
  }

  package static func * (a: Double, b: Tensor) throws(TorchError) -> Tensor { try b * a }

  package static func / (a: Tensor, b: Double) throws(TorchError) -> Tensor {
    try Operators.divideScalar(.tensor(a), .real(b))
  }

  /// Adds in place: every tensor that shares this memory sees it.
  package static func += (a: inout Tensor, b: Tensor) throws(TorchError) {
    a = try Operators.addInPlace(.tensor(a), .tensor(b))
  }

  /// Multiplies in place: every tensor that shares this memory sees it.
  package static func *= (a: inout Tensor, b: Tensor) throws(TorchError) {
    a = try Operators.multiplyInPlace(.tensor(a), .tensor(b))
  }

  package static prefix func - (a: Tensor) throws(TorchError) -> Tensor {
    try Operators.negate(.tensor(a))
  }

  /// `self + a * b`, rounded once at the end.
  package func adding(_ a: Tensor, times b: Tensor) throws(TorchError) -> Tensor {
    try Operators.addMultiplied(.tensor(self), .tensor(a), .tensor(b))
  }

  package func reciprocal() throws(TorchError) -> Tensor { try Operators.reciprocal(.tensor(self)) }
  package func exponential() throws(TorchError) -> Tensor { try Operators.exp(.tensor(self)) }
  package func squareRoot() throws(TorchError) -> Tensor { try Operators.sqrt(.tensor(self)) }
  package func reciprocalSquareRoot() throws(TorchError) -> Tensor {
    try Operators.rsqrt(.tensor(self))
  }
  package func cosine() throws(TorchError) -> Tensor { try Operators.cos(.tensor(self)) }
  package func sine() throws(TorchError) -> Tensor { try Operators.sin(.tensor(self)) }
  package func magnitude() throws(TorchError) -> Tensor { try Operators.abs(.tensor(self)) }

  /// `base` to the power of each element.
  package func power(ofBase base: Double) throws(TorchError) -> Tensor {
    try Operators.powerOfBase(.real(base), .tensor(self))
  }

  /// Rounded to the nearest integer, halves to even.
  package func rounded() throws(TorchError) -> Tensor { try Operators.round(.tensor(self)) }

  package func clamped(to range: ClosedRange<Double>) throws(TorchError) -> Tensor {
    try Operators.clamp(.tensor(self), .real(range.lowerBound), .real(range.upperBound))
  }

  package func clamped(atLeast bound: Double) throws(TorchError) -> Tensor {
    try Operators.clamp(.tensor(self), .real(bound), .none)
  }

  /// `a` where this truth value holds, `b` elsewhere.
  package func choosing(_ a: Tensor, otherwise b: Tensor) throws(TorchError) -> Tensor {
    try Operators.select(.tensor(self), .tensor(a), .tensor(b))
  }
}
