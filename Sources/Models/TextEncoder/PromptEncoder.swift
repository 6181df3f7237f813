import Tokenizers
import Torch

// Shapes: B prompts, S tokens of the longest whose features are kept, D model width.

/// What prompts say, for the diffusion transformer.
package struct PromptFeatures {
  /// Shape `[B, S, D]`, zeros behind the end of shorter prompts.
  package let embeddings: Tensor
  /// True up to the end of each prompt, shape `[B, S]`; nil where all prompts have S tokens.
  package let mask: Tensor?
  /// For each prompt, the tokens at its end that were left out because there are too many.
  package let cutTokenCounts: [Int]

  /// Features that were kept from an earlier run.
  package init(embeddings: Tensor, mask: Tensor? = nil, cutTokenCounts: [Int]) {
    self.embeddings = embeddings
    self.mask = mask
    self.cutTokenCounts = cutTokenCounts
  }
}

/// Turns prompts into features.
///
/// Source: diffusers `QwenImageLayeredPipeline.encode_prompt`.
package struct PromptEncoder {
  private let model: LanguageModel
  private let tokenizer: Qwen2Tokenizer

  /// - Throws: ``TokenizerError`` if the tokenizer has more tokens than the model.
  package init(_ model: LanguageModel, tokenizer: Qwen2Tokenizer) throws(TokenizerError) {
    try tokenizer.requireFit(embeddingRows: model.configuration.vocabularySize)
    self.model = model
    self.tokenizer = tokenizer
  }

  /// The features of each prompt in its template, without those of the template's head.
  ///
  /// - Parameters:
  ///   - prompts: At least one. Texts such as `<|im_end|>` in them are text like any other.
  ///   - maximumTokenCount: The largest S; features beyond it are left out.
  /// - Returns: Features `[B, S, D]` with their mask.
  /// - Throws: ``TokenLimitError``, ``TorchError``.
  package func callAsFunction(
    _ prompts: [String], maximumTokenCount: Int = 512
  ) throws -> PromptFeatures {
    try self(prompts.map { .verbatim($0) }, maximumTokenCount: maximumTokenCount)
  }

  /// The features of prompts, each of which says whether control tokens are read in it; see
  /// ``PromptTemplate/tokens(around:tokenizer:)``.
  package func callAsFunction(
    _ prompts: [PromptSegment], maximumTokenCount: Int = 512
  ) throws -> PromptFeatures {
    precondition(!prompts.isEmpty && maximumTokenCount > 0, "features of nothing")
    let dropped = PromptTemplate.droppedTokenCount
    var rows = try prompts.map { try PromptTemplate.tokens(around: $0, tokenizer: tokenizer) }
    if let short = rows.first(where: { $0.count <= dropped }) {
      throw PromptTooShort(tokenCount: short.count)
    }
    let cutTokenCounts = rows.map { max(0, $0.count - dropped - maximumTokenCount) }
    // No token sees those after it, so what is cut before the model is the same as what is cut after it.
    rows = zip(rows, cutTokenCounts).map { $0.dropLast($1) }
    let longest = rows.reduce(0) { max($0, $1.count) }
    let padded = rows.map { $0 + Array(repeating: tokenizer.padToken, count: longest - $0.count) }
    let features = try model.features(
      of: model.embed(padded), at: TokenPositions(textTokenCount: longest)
    ).slice(dropped..<longest, along: 1)
    guard rows.contains(where: { $0.count < longest }) else {
      return PromptFeatures(embeddings: features, mask: nil, cutTokenCounts: cutTokenCounts)
    }
    let isText = rows.flatMap { row in (dropped..<longest).map { $0 < row.count ? UInt8(1) : 0 } }
    let mask = try Tensor(isText, shape: [rows.count, longest - dropped]).converted(to: .bool)
      .moved(to: features.device)
    let zeros = try Tensor.zeros([1], dtype: features.dtype, device: features.device)
    return PromptFeatures(
      embeddings: try mask.addingAxis(at: -1).choosing(features, otherwise: zeros), mask: mask,
      cutTokenCounts: cutTokenCounts)
  }
}

/// A prompt that has no more tokens in its template than are left out, so that no feature remains: the tokenizer takes
/// whole sentences for one token.
package struct PromptTooShort: Error, Hashable, Sendable, CustomStringConvertible {
  /// Tokens of the template with the prompt in it.
  package let tokenCount: Int

  package var description: String {
    "the tokenizer makes \(tokenCount) tokens of the prompt in its template, of which the first "
      + "\(PromptTemplate.droppedTokenCount) are left out"
  }
}
