import FoundationEssentials
import Glibc
import RegularFiles

/// Where the added tokens of a folder's tokenizer come from.
package enum AddedTokenSource: Hashable, Sendable {
  /// What the folder's files say.
  case files
  /// The 22 of Qwen2.5-VL behind the vocabulary, whatever the files say.
  case qwen2
}

extension Qwen2Tokenizer {
  /// How many bytes a file of a tokenizer may have; the official ones have at most 11,422,654.
  private static let fileLimit = 64 << 20

  /// The vocabulary size of Qwen2, whose added tokens are known without a file.
  private static let officialCount = 151_643

  /// A tokenizer from a folder of the official layout.
  ///
  /// Reads vocab.json and merges.txt with the added tokens of added_tokens.json and
  /// tokenizer_config.json; without vocab.json all from tokenizer.json.
  ///
  /// - Parameters:
  ///   - directory: A folder such as a checkpoint's `tokenizer`.
  ///   - source: Where the added tokens come from.
  /// - Throws: ``TokenizerError`` naming the file and what is wrong in it.
  package init(
    directory: URL, addedTokens source: AddedTokenSource = .files
  ) throws(TokenizerError) {
    let vocabularyFile = directory.appendingPathComponent("vocab.json")
    guard let vocabulary = try Self.contents(of: vocabularyFile) else {
      let file = directory.appendingPathComponent("tokenizer.json")
      guard let contents = try Self.contents(of: file) else {
        throw TokenizerError(.missing, in: vocabularyFile.path)
      }
      let description = try TokenizerDescription(contents, file: file.path)
      let added =
        source == .files
        ? description.addedTokens : AddedToken.qwen2(from: description.vocabulary.count)
      try self.init(description.vocabulary, description.rules, addedTokens: added, file: file.path)
      return
    }
    let mergesFile = directory.appendingPathComponent("merges.txt")
    guard let merges = try Self.contents(of: mergesFile) else {
      throw TokenizerError(.missing, in: mergesFile.path)
    }
    var reader = TokenizerJSON(vocabulary, file: vocabularyFile.path)
    let tokens = try Vocabulary(reading: &reader)
    try reader.finish()
    let rules = try MergeRules(lines: merges, vocabulary: tokens, file: mergesFile.path)
    var added: [AddedToken] = []
    if source == .files { added = try Self.addedTokens(in: directory) }
    if source == .qwen2 || (added.isEmpty && tokens.count == Self.officialCount) {
      added = AddedToken.qwen2(from: tokens.count)
    }
    try self.init(tokens, rules, addedTokens: added, file: directory.path)
  }

  /// The added tokens of tokenizer_config.json, which tells the special ones, and then those that
  /// stand in added_tokens.json alone.
  private static func addedTokens(in directory: URL) throws(TokenizerError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    let configuration = directory.appendingPathComponent("tokenizer_config.json")
    if let contents = try contents(of: configuration) {
      var reader = TokenizerJSON(contents, file: configuration.path)
      tokens = try AddedToken.readConfiguration(&reader)
      try reader.finish()
    }
    let list = directory.appendingPathComponent("added_tokens.json")
    if let contents = try contents(of: list) {
      var reader = TokenizerJSON(contents, file: list.path)
      for token in try AddedToken.readList(&reader)
      where !tokens.contains(where: { $0.text == token.text && $0.id == token.id }) {
        tokens.append(token)
      }
      try reader.finish()
    }
    return tokens
  }

  /// The bytes of a file, nil where there is none.
  private static func contents(of file: URL) throws(TokenizerError) -> [UInt8]? {
    let problem: TokenizerError.Problem
    do throws(RegularFileError) {
      return try RegularFile.contents(path: file.path, limit: fileLimit)
    } catch {
      switch error {
      case .systemCallFailed(_, ENOENT), .systemCallFailed(_, ENOTDIR): return nil
      case .systemCallFailed(_, let code):
        problem = .unreadable(reason: String(cString: strerror(code)))
      case .notARegularFile: problem = .unreadable(reason: "not a regular file")
      case .tooLong(let byteCount, let limit):
        problem = .tooLarge(bytes: byteCount, limit: limit)
      }
    }
    throw TokenizerError(problem, in: file.path)
  }
}

extension AddedToken {
  /// Reads added_tokens.json: an object of texts and ids.
  static func readList(_ reader: inout TokenizerJSON) throws(TokenizerError) -> [AddedToken] {
    var tokens: [AddedToken] = []
    try reader.forEachMember { (reader, text) throws(TokenizerError) in
      tokens.append(
        AddedToken(text, id: try reader.readInteger(), isSpecial: AddedToken.isSpecial(text)))
    }
    return tokens
  }

  /// Reads tokenizer_config.json: the tokens under `added_tokens_decoder`, by id.
  static func readConfiguration(_ reader: inout TokenizerJSON) throws(TokenizerError)
    -> [AddedToken]
  {
    var tokens: [AddedToken] = []
    try reader.forEachMember { (reader, key) throws(TokenizerError) in
      guard key == "added_tokens_decoder" else { return try reader.skipValue() }
      try reader.forEachMember { (reader, key) throws(TokenizerError) in
        guard let id = Int(key) else {
          throw TokenizerError(
            .wrongValue(expected: "an id", found: key), at: .entry("added_tokens_decoder"),
            in: reader.file)
        }
        tokens.append(try AddedToken(reading: &reader, id: id))
      }
    }
    return tokens
  }

  /// Reads one object with `content`, `special` and, unless `id` is given, `id`.
  init(reading reader: inout TokenizerJSON, id: Int? = nil) throws(TokenizerError) {
    var text: String?
    var id = id
    var isSpecial = false
    try reader.forEachMember { (reader, key) throws(TokenizerError) in
      switch key {
      case "content": text = try reader.readString()
      case "id": id = try reader.readInteger()
      case "special": isSpecial = try reader.readBool()
      case "lstrip", "rstrip", "single_word":
        guard try !reader.readBool() else {
          throw TokenizerError(
            .unsupportedTokenOption(key), at: .offset(reader.offset), in: reader.file)
        }
      default: try reader.skipValue()
      }
    }
    guard let text, let id else {
      throw TokenizerError(
        .wrongValue(expected: "content and id", found: "neither or one"),
        at: .offset(reader.offset), in: reader.file)
    }
    self.init(text, id: id, isSpecial: isSpecial)
  }
}
