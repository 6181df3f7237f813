/// What tokenizer.json says: a whole tokenizer in one file.
///
/// Source: HF tokenizers' serialised `Tokenizer`.
struct TokenizerDescription {
  /// The pattern that ``WordScanner`` follows; another one would give other ids.
  static let wordPattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
    + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#

  let vocabulary: Vocabulary
  let rules: MergeRules
  let addedTokens: [AddedToken]

  /// - Throws: ``TokenizerError``; also where the file describes another kind of tokenizer.
  init(_ contents: [UInt8], file: String) throws(TokenizerError) {
    var addedTokens: [AddedToken] = []
    var model: (vocabulary: Vocabulary, rules: MergeRules)?
    var reader = TokenizerJSON(contents, file: file)
    try reader.forEachMember { (reader, key) throws(TokenizerError) in
      switch key {
      case "added_tokens":
        try reader.forEachElement { (reader) throws(TokenizerError) in
          addedTokens.append(try AddedToken(reading: &reader))
        }
      case "normalizer": try Self.require("type", "NFC", in: &reader, at: key)
      case "pre_tokenizer": try Self.require("Regex", Self.wordPattern, in: &reader, at: key)
      case "model": model = try Self.readModel(&reader)
      default: try reader.skipValue()
      }
    }
    try reader.finish()
    guard let model else {
      throw TokenizerError(
        .wrongValue(expected: "an object", found: "nothing"), at: .entry("model"), in: file)
    }
    vocabulary = model.vocabulary
    rules = model.rules
    self.addedTokens = addedTokens
  }

  /// Reads the model; where it stands before the vocabulary, the type is checked first, so that
  /// another model's file is refused by name.
  private static func readModel(
    _ reader: inout TokenizerJSON
  ) throws(TokenizerError) -> (vocabulary: Vocabulary, rules: MergeRules) {
    var vocabulary: Vocabulary?
    var rules: MergeRules?
    try reader.forEachMember { (reader, key) throws(TokenizerError) in
      switch key {
      case "type":
        let type = try reader.readString()
        guard type == "BPE" else {
          throw TokenizerError(
            .wrongValue(expected: "BPE", found: type), at: .entry("model.type"), in: reader.file)
        }
      case "vocab": vocabulary = try Vocabulary(reading: &reader)
      case "merges":
        guard let vocabulary else {
          throw TokenizerError(
            .wrongValue(expected: "vocab before merges", found: "merges"), at: .entry("model"),
            in: reader.file)
        }
        rules = try MergeRules(reading: &reader, vocabulary: vocabulary)
      default: try reader.skipValue()
      }
    }
    guard let vocabulary, let rules else {
      throw TokenizerError(
        .wrongValue(expected: "vocab and merges", found: "neither or one"), at: .entry("model"),
        in: reader.file)
    }
    return (vocabulary, rules)
  }

  /// Checks that each member `name` within the next value is the string `expected`, and that
  /// there is one.
  private static func require(
    _ name: String, _ expected: String, in reader: inout TokenizerJSON, at key: String
  ) throws(TokenizerError) {
    var found: String?
    try search(&reader, for: name) { value in
      if found == nil || found == expected { found = value }
    }
    guard found == expected else {
      throw TokenizerError(
        .wrongValue(expected: expected, found: found ?? "nothing"), at: .entry(key),
        in: reader.file)
    }
  }

  private static func search(
    _ reader: inout TokenizerJSON, for name: String, _ body: (String) -> Void
  ) throws(TokenizerError) {
    switch try reader.nextKind() {
    case .object:
      try reader.forEachMember { (reader, key) throws(TokenizerError) in
        if key == name, try reader.nextKind() == .text {
          body(try reader.readString())
        } else {
          try search(&reader, for: name, body)
        }
      }
    case .array:
      try reader.forEachElement { (reader) throws(TokenizerError) in
        try search(&reader, for: name, body)
      }
    default: try reader.skipValue()
    }
  }
}
