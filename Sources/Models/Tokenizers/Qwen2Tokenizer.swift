import FoundationEssentials

/// A part of a prompt.
package enum PromptSegment: Hashable, Sendable {
  /// The program's own text, in which the texts of added tokens become those tokens.
  case template(String)
  /// Someone else's text, in which `<|im_start|>` is twelve characters like any other.
  case verbatim(String)

  var text: String {
    switch self {
    case .template(let text), .verbatim(let text): text
    }
  }
}

/// Text to token ids and back: the byte-level byte-pair encoding of Qwen2 and Qwen2.5-VL.
///
/// The ids equal those of HF tokenizers. Source: transformers `Qwen2Tokenizer`.
package struct Qwen2Tokenizer: Sendable {
  let vocabulary: Vocabulary
  let rules: MergeRules
  /// The added tokens in the order of their ids.
  package let addedTokens: [AddedToken]
  /// The id of `<|endoftext|>`, which ends a text.
  package let endOfText: Int
  /// One more than the highest id.
  package let vocabularyCount: Int

  private let finder: AddedTokenFinder
  private let longestTokenLength: Int

  /// The id that fills a batch up: `<|endoftext|>`.
  package var padToken: Int { endOfText }

  /// A tokenizer from the contents of vocab.json and merges.txt.
  ///
  /// - Parameters:
  ///   - vocabulary: JSON, one object of spelled tokens and ids.
  ///   - merges: Lines `a b` that may end in CRLF, the first one possibly `#version`.
  ///   - addedTokens: With ids that continue those of the vocabulary.
  /// - Throws: ``TokenizerError`` naming the entry or line that is wrong.
  package init(
    vocabulary: [UInt8], merges: [UInt8], addedTokens: [AddedToken]
  ) throws(TokenizerError) {
    var reader = TokenizerJSON(vocabulary, file: "vocab.json")
    let tokens = try Vocabulary(reading: &reader)
    try reader.finish()
    let rules = try MergeRules(lines: merges, vocabulary: tokens, file: "merges.txt")
    try self.init(tokens, rules, addedTokens: addedTokens, file: "added tokens")
  }

  /// The smallest tokenizer: 256 ids for the bytes, no merges, then the 22 added tokens of Qwen2.
  package static func byteLevel() throws(TokenizerError) -> Qwen2Tokenizer {
    let vocabulary = try Vocabulary(singleBytes: "byte-level vocabulary")
    return try Qwen2Tokenizer(
      vocabulary, MergeRules(), addedTokens: AddedToken.qwen2(from: vocabulary.count),
      file: "byte-level vocabulary")
  }

  init(
    _ vocabulary: Vocabulary, _ rules: MergeRules, addedTokens: [AddedToken], file: String
  ) throws(TokenizerError) {
    guard addedTokens.count <= AddedToken.limit else {
      throw TokenizerError(
        .tooManyAddedTokens(addedTokens.count, limit: AddedToken.limit), in: file)
    }
    let added = addedTokens.sorted { $0.id < $1.id }
    var texts: Set<String> = []
    var count = vocabulary.count
    for token in added {
      let problem: TokenizerError.Problem
      if token.text.isEmpty {
        problem = .emptyToken
      } else if !texts.insert(token.text).inserted {
        problem = .duplicateToken
      } else if token.id == count {
        count += 1
        continue
      } else if let bytes = vocabulary.bytes(of: token.id), bytes.elementsEqual(token.text.utf8) {
        continue
      } else {
        problem =
          token.id >= 0 && token.id < count
          ? .duplicateID(token.id) : .idOutOfRange(token.id, count: count + 1)
      }
      throw TokenizerError(problem, at: .entry(token.text), in: file)
    }
    guard let endOfText = added.first(where: { $0.text == AddedToken.endOfText }) else {
      throw TokenizerError(.missingToken, at: .entry(AddedToken.endOfText), in: file)
    }
    self.vocabulary = vocabulary
    self.rules = rules
    self.addedTokens = added
    self.endOfText = endOfText.id
    vocabularyCount = count
    finder = AddedTokenFinder(added)
    longestTokenLength = vocabulary.longestTokenLength
  }

  /// Checks that a model's embedding has a row for each token.
  package func requireFit(embeddingRows rows: Int) throws(TokenizerError) {
    guard vocabularyCount <= rows else {
      throw TokenizerError(.exceedsEmbedding(tokens: vocabularyCount, rows: rows), in: "tokenizer")
    }
  }

  /// The ids of `text`, in which the texts of added tokens become those tokens.
  ///
  /// - Throws: ``TokenLimitError`` where there would be more ids than `limit`.
  package func encode(_ text: String, limit: Int = .max) throws(TokenLimitError) -> [Int] {
    try encode([.template(text)], limit: limit)
  }

  /// The ids of the segments, read as one text.
  ///
  /// Words and accents join across the borders as if there were none; only added tokens are
  /// looked for in the templates alone.
  ///
  /// - Throws: ``TokenLimitError`` where there would be more ids than `limit`.
  package func encode(
    _ segments: [PromptSegment], limit: Int = .max
  ) throws(TokenLimitError) -> [Int] {
    var text: [UInt8] = []
    var templates: [Range<Int>] = []
    for segment in segments {
      let start = text.count
      text.append(contentsOf: segment.text.utf8)
      guard case .template = segment else { continue }
      if let last = templates.last, last.upperBound == start {
        templates[templates.count - 1] = last.lowerBound..<text.count
      } else {
        templates.append(start..<text.count)
      }
    }

    var ids: [Int] = []
    var merging = BytePairMerging(rules: rules, byteIDs: vocabulary.byteIDs)
    var pieceStart = 0
    for template in templates {
      var index = template.lowerBound
      while index < template.upperBound {
        guard let token = finder.token(in: text, at: index, within: template) else {
          index += 1
          continue
        }
        try encode(text[pieceStart..<index], with: &merging, limit: limit, into: &ids)
        ids.append(token.id)
        index = token.end
        pieceStart = index
      }
    }
    try encode(text[pieceStart...], with: &merging, limit: limit, into: &ids)
    return ids
  }

  /// Appends the ids of text without added tokens.
  private func encode(
    _ text: ArraySlice<UInt8>, with merging: inout BytePairMerging, limit: Int,
    into ids: inout [Int]
  ) throws(TokenLimitError) {
    // Text that cannot fit even in the longest tokens is refused before the work; composing takes
    // at most two thirds of its bytes away.
    guard text.count / 3 / longestTokenLength <= limit else { throw TokenLimitError(limit: limit) }
    let composed = CanonicalComposition.compose(text)
    guard composed.count / longestTokenLength <= limit else { throw TokenLimitError(limit: limit) }
    for word in WordScanner(composed) {
      merging.merge(composed[word], into: &ids)
      guard ids.count <= limit else { throw TokenLimitError(limit: limit) }
    }
    guard ids.count <= limit else { throw TokenLimitError(limit: limit) }
  }

  /// The text of `ids`; U+FFFD stands for ids without a token and for bytes that are no UTF-8.
  package func decode(_ ids: some Sequence<Int>, skippingSpecialTokens: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      if let added = addedToken(id) {
        if !(skippingSpecialTokens && added.isSpecial) { bytes.append(contentsOf: added.text.utf8) }
      } else if let token = vocabulary.bytes(of: id) {
        bytes.append(contentsOf: token)
      } else {
        bytes.append(contentsOf: "\u{FFFD}".utf8)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The id of a token given by its text: of an added token, or of the vocabulary.
  package func id(of token: String) -> Int? {
    addedTokens.first { $0.text == token }?.id ?? vocabulary.id(of: Array(token.utf8)[...])
  }

  private func addedToken(_ id: Int) -> AddedToken? {
    guard let first = addedTokens.first, id >= first.id else { return nil }
    return addedTokens.first { $0.id == id }
  }
}
