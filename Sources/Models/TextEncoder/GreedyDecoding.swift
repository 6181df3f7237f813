import Torch

/// A text that grows by the likeliest next token, one token at a call of ``next()``.
///
/// Source: transformers `GenerationMixin` with `RepetitionPenaltyLogitsProcessor`.
package struct GreedyDecoding {
  private let model: Qwen25VL
  private let settings: GenerationConfiguration
  private let maximumCount: Int
  private let memory: KeyValueMemory
  /// Of the last token read, shape `[1, width]`.
  private var features: Tensor
  /// The position of the next token.
  private var position: Int
  /// The tokens that occurred, in the prompt or after it.
  private var seen: Set<Int>
  private var hasEnded = false
  /// The tokens after the prompt.
  package private(set) var tokens: [Int] = []

  /// Reads the prompt, which is most of the work of a short text.
  ///
  /// - Parameters:
  ///   - model: On any device.
  ///   - prompt: With one image token for each vector of the image.
  ///   - image: Patches and grid, as ``ImageProcessor`` makes them; nil: the prompt is text alone.
  ///   - settings: The penalty and the tokens that end the text.
  ///   - maximumCount: The most tokens after the prompt.
  /// - Throws: ``TokenOutsideVocabulary``, ``ImageTokenMismatch``, ``TorchError``.
  package init(
    _ model: Qwen25VL, prompt: [Int], image: (patches: Tensor, grid: PatchGrid)?,
    settings: GenerationConfiguration, maximumCount: Int
  ) throws {
    self.model = model
    self.settings = settings
    self.maximumCount = maximumCount
    let imageToken = model.configuration.imageToken
    let merged = image?.grid.merged(by: model.configuration.vision.mergeSide)
    let positions = try TokenPositions(
      of: prompt, imageToken: imageToken, images: merged.map { [$0] } ?? [])
    var x = try model.language.embed([prompt])
    if let image {
      let vectors = try model.vision(image.patches, grid: image.grid)
      let places = prompt.indices.filter { prompt[$0] == imageToken }
      let indices = try Tensor(places.map(Int64.init), shape: [places.count]).moved(to: x.device)
      x = try x.replacing(
        indices, along: 1, with: vectors.converted(to: x.dtype).addingAxis(at: 0))
    }
    memory = try KeyValueMemory(
      for: model.configuration.language, capacity: prompt.count + maximumCount, dtype: x.dtype,
      device: x.device)
    let all = try model.language.features(of: x, at: positions, memory: memory)
    features = try all.select(prompt.count - 1, along: 1)
    position = positions.next
    seen = Set(prompt)
  }

  /// The next token, or nil at the end of the text.
  ///
  /// - Throws: ``ScoreNotFinite``, ``TorchError``.
  package mutating func next() throws -> Int? {
    guard !hasEnded, tokens.count < maximumCount else { return nil }
    if let last = tokens.last {
      let one = TokenPositions(textTokenCount: 1, from: position)
      features = try model.language.features(
        of: model.language.embed([[last]]), at: one, memory: memory
      ).select(0, along: 1)
      position += 1
    }
    let token = try likeliest(model.scores(after: features).values(as: Float.self))
    guard !settings.endTokens.contains(token) else {
      hasEnded = true
      return nil
    }
    tokens.append(token)
    seen.insert(token)
    return token
  }

  /// The token of the highest score after the penalty, the first on ties.
  private func likeliest(_ scores: [Float]) throws(ScoreNotFinite) -> Int {
    var scores = scores
    let penalty = Float(settings.repetitionPenalty)
    for token in seen {
      scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty
    }
    var best = 0
    for (token, score) in scores.enumerated() {
      guard !score.isNaN, score != .infinity else { throw ScoreNotFinite(token: token) }
      if score > scores[best] { best = token }
    }
    return best
  }
}

/// A model that scores a token with no number: its weights or its precision are at fault.
package struct ScoreNotFinite: Error, Hashable, Sendable, CustomStringConvertible {
  package let token: Int

  package var description: String { "the text encoder's score of token \(token) is not a number" }
}
