import Torch

// Shapes: B batch, F frames, C channels, h by w latents, S = F * h/2 * w/2 tokens.

/// Between latents and the tokens of the transformer: a token is a 2 x 2 square of latents, channel by channel.
///
/// Feature `c * 4 + dy * 2 + dx` of a token is channel c at row dy and column dx of its square.
/// Source: diffusers `QwenImageLayeredPipeline._pack_latents`, `_unpack_latents`.
package enum LatentPacking {
  /// The tokens of latents.
  ///
  /// - Parameter latents: Shape `[B, F, C, h, w]`, h and w even.
  /// - Returns: Tokens, shape `[B, S, 4C]`, frame by frame, row by row.
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` where h or w is odd.
  package static func packed(_ latents: Tensor) throws(TorchError) -> Tensor {
    let shape = latents.shape
    guard shape.count == 5, shape[3].isMultiple(of: 2), shape[4].isMultiple(of: 2) else {
      throw .unexpectedShape(
        what: "latents to pack, h and w even", expected: [-1, -1, -1, -1, -1], found: shape)
    }
    let (B, F, C, h, w) = (shape[0], shape[1], shape[2], shape[3], shape[4])
    return
      try latents
      .reshaped(to: [B, F, C, h / 2, 2, w / 2, 2])
      .permuted([0, 1, 3, 5, 2, 4, 6])
      .reshaped(to: [B, F * (h / 2) * (w / 2), C * 4])
  }

  /// The latents of tokens.
  ///
  /// - Parameters:
  ///   - tokens: Shape `[B, S, 4C]` of whole frames.
  ///   - grid: Of one frame, h/2 rows by w/2 columns.
  /// - Returns: Latents, shape `[B, F, C, h, w]`.
  /// - Throws: ``TorchError/unexpectedShape(what:expected:found:)`` where the last frame is not whole.
  package static func unpacked(_ tokens: Tensor, grid: TokenGrid) throws(TorchError) -> Tensor {
    let (B, S, features) = try tokens.dimensions()
    guard S.isMultiple(of: grid.tokenCount), features.isMultiple(of: 4) else {
      throw .unexpectedShape(
        what: "tokens to unpack", expected: [B, grid.tokenCount, features], found: tokens.shape)
    }
    let frameCount = S / grid.tokenCount
    return
      try tokens
      .reshaped(to: [B, frameCount, grid.rows, grid.columns, features / 4, 2, 2])
      .permuted([0, 1, 4, 2, 5, 3, 6])
      .reshaped(to: [B, frameCount, features / 4, grid.rows * 2, grid.columns * 2])
  }
}
