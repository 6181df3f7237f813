private enum Operators {
  static let matmul = Operator("aten::matmul")
  static let linear = Operator("aten::linear")
  static let embedding = Operator("aten::embedding")
  static let conv2d = Operator("layered::conv2d")
  static let batchNorm = Operator("aten::batch_norm")
  static let leakyReLU = Operator("aten::leaky_relu")
  static let layerNorm = Operator("aten::layer_norm")
  static let silu = Operator("aten::silu")
  static let gelu = Operator("aten::gelu")
  static let softmax = Operator("aten::softmax", "int")
  static let upsampleNearest = Operator("aten::upsample_nearest2d")
  static let fastLinear = Operator("layered::linear")
  static let attentionInFloat32 = Operator("layered::attention")
  static let recordedAttention = Operator("layered::recorded_attention")
  static let attentionInBFloat16 = Operator("layered::attention_bfloat16")
  static let channelNorm = Operator("layered::channel_norm")
  static let channelNormInPlace = Operator("layered::channel_norm_")
  static let attention = Operator("aten::scaled_dot_product_attention")
  static let bicubic = Operator("aten::_upsample_bicubic2d_aa")
}

/// The two forms of the GELU activation.
package enum GELUForm: String, Sendable {
  /// By the error function.
  case exact = "none"
  /// By a hyperbolic tangent.
  case tanh
}

extension Tensor {
  package func matrixMultiplied(by other: Tensor) throws(TorchError) -> Tensor {
    try Operators.matmul(.tensor(self), .tensor(other))
  }

  /// `x Wᵀ + b` for a weight `[out, in]`.
  package func linear(weight: Tensor, bias: Tensor?) throws(TorchError) -> Tensor {
    let takesFastProduct =
      (dtype == .float32 || dtype == .bfloat16) && weight.dtype == dtype && device == .cpu
      && weight.device == .cpu
    let product = takesFastProduct ? Operators.fastLinear : Operators.linear
    return try product(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// Rows of `table` `[n, width]` by the indices of this int64 tensor.
  package func embedded(in table: Tensor) throws(TorchError) -> Tensor {
    try Operators.embedding(.tensor(table), .tensor(self))
  }

  /// A 2-D convolution of `[B, C, H, W]` with a weight `[out, in, kh, kw]`.
  package func convolved(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: Int = 0
  ) throws(TorchError) -> Tensor {
    try convolved(weight: weight, bias: bias, stride: stride, padding: (padding, padding))
  }

  /// A 2-D convolution with a padding above and below that may differ from that on the left and right.
  package func convolved(
    weight: Tensor, bias: Tensor?, stride: Int = 1, padding: (rows: Int, columns: Int)
  ) throws(TorchError) -> Tensor {
    try Operators.conv2d(
      .tensor(self), .tensor(weight), .optional(bias), .integers([stride, stride]),
      .integers([padding.rows, padding.columns]))
  }

  /// Normalised over the last axis, whose length is `width`.
  package func layerNormalized(
    width: Int, weight: Tensor? = nil, bias: Tensor? = nil, epsilon: Double
  ) throws(TorchError) -> Tensor {
    try Operators.layerNorm(
      .tensor(self), .integers([width]), .optional(weight), .optional(bias), .real(epsilon))
  }

  /// Each channel of `[B, C, H, W]` normalised over batch and places, then scaled and shifted by C numbers each.
  package func batchNormalized(weight: Tensor, bias: Tensor) throws(TorchError) -> Tensor {
    try Operators.batchNorm(
      .tensor(self), .tensor(weight), .tensor(bias), .none, .none, .flag(true), .real(0.1),
      .real(1e-5), .flag(true))
  }

  /// What is negative times `slope`.
  package func leakyRectified(slope: Double) throws(TorchError) -> Tensor {
    try Operators.leakyReLU(.tensor(self), .real(slope))
  }

  /// Each pixel of `[B, C, H, W]` brought to the length √C along its channels.
  ///
  /// In the same pass over memory it is scaled by `gamma` (C numbers of the same type) and, if asked for, activated.
  /// Float32 and bfloat16 on the CPU.
  package func channelNormalized(
    scaledBy gamma: Tensor, applyingSiLU: Bool = false
  ) throws(TorchError) -> Tensor {
    try Operators.channelNorm(.tensor(self), .tensor(gamma), .flag(applyingSiLU))
  }

  /// ``channelNormalized(scaledBy:applyingSiLU:)`` in place: every tensor that shares this memory sees it.
  package mutating func normalizeChannels(
    scaledBy gamma: Tensor, applyingSiLU: Bool = false
  ) throws(TorchError) {
    self = try Operators.channelNormInPlace(.tensor(self), .tensor(gamma), .flag(applyingSiLU))
  }

  package func silu() throws(TorchError) -> Tensor { try Operators.silu(.tensor(self)) }

  package func gelu(_ form: GELUForm) throws(TorchError) -> Tensor {
    try Operators.gelu(.tensor(self), .text(form.rawValue))
  }

  package func softmax(along axis: Int) throws(TorchError) -> Tensor {
    try Operators.softmax(.tensor(self), .integer(axis))
  }

  /// Pictures `[B, C, H, W]` at another size by the bicubic filter of Pillow (a = -0.5, widened where a side shrinks),
  /// in floating point: neither rounded nor clipped.
  package func resizedBicubic(to size: (height: Int, width: Int)) throws(TorchError) -> Tensor {
    try Operators.bicubic(
      .tensor(self), .integers([size.height, size.width]), .flag(false), .none, .none)
  }

  /// Every pixel of `[B, C, H, W]` repeated `factor` by `factor` times.
  package func upsampledNearest(by factor: Int) throws(TorchError) -> Tensor {
    let (_, _, H, W) = try dimensions()
    return try Operators.upsampleNearest(.tensor(self), .integers([H * factor, W * factor]))
  }
}

/// Softmax attention, `softmax(q kᵀ scale + mask) v`.
///
/// - Parameters:
///   - query: Shape `[B, N, Q, H]`.
///   - key: Shape `[B, N, K, H]`, or fewer heads that divide N (each serves N / count query heads in a row).
///   - value: Shape of `key`.
///   - mask: True where a key may be seen, shape broadcast to `[B, N, Q, K]`; nil: all.
///   - isCausal: Query i sees keys 0...i only; not together with a mask.
///   - scale: 1/√H where nil.
/// - Returns: Shape `[B, N, Q, H]`.
/// - Throws: ``TorchError`` where the shapes do not fit each other, or `.outOfMemory`.
package func scaledDotProductAttention(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, isCausal: Bool = false,
  scale: Double? = nil
) throws(TorchError) -> Tensor {
  let queryHeads = query.shape
  let keyHeads = key.shape
  let isGrouped = queryHeads.count == 4 && keyHeads.count == 4 && queryHeads[1] != keyHeads[1]
  let tensors = [query, key, value]
  let isPlain = mask == nil && !isCausal && scale == nil && queryHeads.count == 4 && !isGrouped
  if isPlain, tensors.allSatisfy({ $0.device == .cpu && $0.dtype == .bfloat16 }),
    !tensors.contains(where: \.requiresGradient)
  {
    return try Operators.attentionInBFloat16(.tensor(query), .tensor(key), .tensor(value))
  }
  if !isCausal, scale == nil, !isGrouped, keepsShares(query: query, key: key),
    tensors.allSatisfy({ $0.device == .cpu && $0.dtype == .bfloat16 }),
    tensors.contains(where: \.requiresGradient)
  {
    return try Operators.recordedAttention(
      .tensor(query), .tensor(key), .tensor(value), .optional(mask))
  }
  return try Operators.attention(
    .tensor(query), .tensor(key), .tensor(value), .optional(mask), .real(0), .flag(isCausal),
    scale.map { .real($0) } ?? .none, .flag(isGrouped))
}

/// Whether what every query takes of every key may stay in memory for the gradients: up to 64 million numbers.
private func keepsShares(query: Tensor, key: Tensor) -> Bool {
  let (query, key) = (query.shape, key.shape)
  guard query.count == 4, key.count == 4 else { return false }
  let limit = 1 << 26
  return [query[1], query[2], key[2]].reduce(query[0]) { min($0, limit + 1) * min($1, limit + 1) }
    <= limit
}

/// Softmax attention without mask, `softmax(q kᵀ / √H) v`.
///
/// In float32 on the CPU without gradients it takes half the time of
/// ``scaledDotProductAttention(query:key:value:mask:isCausal:scale:)``; elsewhere it is that function.
/// - Parameters: Shape `[B, N, S, H]` each; key and value may have another S.
/// - Returns: The shape of `query`.
package func plainAttention(
  query: Tensor, key: Tensor, value: Tensor
) throws(TorchError) -> Tensor {
  let inputs = [query, key, value]
  guard
    inputs.allSatisfy({ $0.device == .cpu && $0.dtype == .float32 && !$0.requiresGradient })
  else { return try scaledDotProductAttention(query: query, key: key, value: value) }
  return try Operators.attentionInFloat32(.tensor(query), .tensor(key), .tensor(value))
}
