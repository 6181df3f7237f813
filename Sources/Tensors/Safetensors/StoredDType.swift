/// The element type of a stored tensor, by its name in the file.
///
/// Source: safetensors `Dtype` (Rust, 0.8), all of its names in its order, which is the official
/// writer's order of tensors, read backwards.
package enum StoredDType: String, Hashable, Sendable, CaseIterable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8E5M2 = "F8_E5M2"
  case float8E4M3 = "F8_E4M3"
  case float8E8M0 = "F8_E8M0"
  case float8E4M3FNUZ = "F8_E4M3FNUZ"
  case float8E5M2FNUZ = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bits of one element as stored; several elements of 4 or 6 bits share a byte.
  package var bitWidth: Int {
    switch self {
    case .float4: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8: 8
    case .float8E4M3, .float8E5M2, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: 8
    case .uint16, .int16, .float16, .bfloat16: 16
    case .uint32, .int32, .float32: 32
    case .uint64, .int64, .float64, .complex64: 64
    }
  }

  /// Whether the bytes are given out; the 4, 6 and 8 bit floating-point types are listed only.
  package var isSupported: Bool {
    switch self {
    case .float4, .float6E2M3, .float6E3M2: false
    case .float8E4M3, .float8E5M2, .float8E8M0, .float8E4M3FNUZ, .float8E5M2FNUZ: false
    default: true
    }
  }

  /// The bytes that a tensor of `shape` takes, or nil where the numbers do not fit `Int`, a length
  /// is negative, or the last byte would be shared with what follows.
  package func byteCount(of shape: [Int]) -> Int? {
    // Zero lengths are left out of the product, so that [0, 2^62, 2^62] cannot hide an overflow
    // that strides would run into later.
    var product = 1
    for length in shape where length != 0 {
      guard length > 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard !overflow else { return nil }
      product = next
    }
    let (bits, overflow) = product.multipliedReportingOverflow(by: bitWidth)
    guard !overflow else { return nil }
    if shape.contains(0) { return 0 }
    return bits.isMultiple(of: 8) ? bits / 8 : nil
  }
}
