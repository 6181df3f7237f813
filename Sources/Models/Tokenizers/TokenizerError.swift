/// Why the files of a tokenizer were refused: which file, where in it, and what is wrong there.
package struct TokenizerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A place within a file.
  package enum Place: Hashable, Sendable {
    case wholeFile
    /// A line of a text file, counted from 1.
    case line(Int)
    /// A byte of the file, counted from 0.
    case offset(Int)
    /// A token or a JSON key.
    case entry(String)
  }

  /// What is wrong.
  package enum Problem: Hashable, Sendable {
    case missing
    case unreadable(reason: String)
    case tooLarge(bytes: Int, limit: Int)
    case notJSON(expected: String)
    case nestedTooDeep(limit: Int)
    case duplicateKey
    case invalidText
    case wrongValue(expected: String, found: String)
    case emptyVocabulary
    case emptyToken
    case duplicateToken
    case duplicateID(Int)
    case idOutOfRange(Int, count: Int)
    case missingByteToken(UInt8)
    case missingToken
    case notByteLevel
    case malformedMerge
    case duplicateMerge
    case unknownMergeToken(String)
    case tooManyAddedTokens(Int, limit: Int)
    case unsupportedTokenOption(String)
    case exceedsEmbedding(tokens: Int, rows: Int)
  }

  /// The file's name or path as the caller knows it.
  package var file: String
  package var place: Place
  package var problem: Problem

  package init(_ problem: Problem, at place: Place = .wholeFile, in file: String) {
    self.file = file
    self.place = place
    self.problem = problem
  }

  /// Whether the file could not be opened at all, as opposed to opened and found bad.
  package var isUnopenable: Bool {
    switch problem {
    case .missing, .unreadable: true
    default: false
    }
  }

  package var description: String {
    switch place {
    case .wholeFile: "\(file): \(problem)"
    case .line(let number): "\(file): line \(number): \(problem)"
    case .offset(let offset): "\(file): byte \(offset): \(problem)"
    case .entry(let name): "\(file): \(name.debugDescription): \(problem)"
    }
  }
}

extension TokenizerError.Problem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing: "no such file"
    case .unreadable(let reason): "cannot be read (\(reason))"
    case .tooLarge(let bytes, let limit): "has \(bytes) bytes; the limit is \(limit)"
    case .notJSON(let expected): "not valid JSON, expected \(expected)"
    case .nestedTooDeep(let limit): "JSON nested deeper than \(limit) levels"
    case .duplicateKey: "this key stands here twice"
    case .invalidText: "not valid Unicode text"
    case .wrongValue(let expected, let found):
      "expected \(expected.debugDescription), found \(found.debugDescription)"
    case .emptyVocabulary: "the vocabulary is empty"
    case .emptyToken: "a token is empty"
    case .duplicateToken: "this token stands in the vocabulary twice"
    case .duplicateID(let id): "id \(id) belongs to another token already"
    case .idOutOfRange(let id, let count):
      "id \(id) is outside 0...\(count - 1); ids must count up without a gap"
    case .missingByteToken(let byte): "no token for the single byte \(byte)"
    case .missingToken: "this token is missing"
    case .notByteLevel:
      "has a character that spells no byte; the vocabulary is of another kind of tokenizer"
    case .malformedMerge: "a merge must be two tokens with one space between them"
    case .duplicateMerge: "this merge stands here twice"
    case .unknownMergeToken(let token):
      "merge token \(token.debugDescription) is not in the vocabulary"
    case .tooManyAddedTokens(let count, let limit):
      "has \(count) added tokens; the limit is \(limit)"
    case .unsupportedTokenOption(let option): "added tokens with \(option) are not supported"
    case .exceedsEmbedding(let tokens, let rows):
      "the tokenizer has \(tokens) tokens and the embedding only \(rows) rows"
    }
  }
}

/// A text has more tokens than its reader allows.
package struct TokenLimitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The highest number of tokens allowed.
  package var limit: Int

  package init(limit: Int) {
    self.limit = limit
  }

  package var description: String { "the text has more than \(limit) tokens" }
}
