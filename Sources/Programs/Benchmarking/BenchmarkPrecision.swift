import Torch

/// In what networks are timed.
package enum BenchmarkPrecision: String, CaseIterable, Codable, Sendable {
  case float32
  case bfloat16
  /// bfloat16, with int8 where the layers bear it.
  case int8

  /// Of what is not int8.
  var dtype: DType { self == .float32 ? .float32 : .bfloat16 }

  /// The bytes of a weight that bears int8.
  var weightByteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }
}
