import Foundation
import Testing
import Tokenizers

/// Random numbers that are the same in each run.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Folders as other programs write them, and as ``TokenizerFiles`` describes them.
@Suite final class TokenizerFolderTests {
  let directory = FileManager.default.temporaryDirectory
    .appending(path: "tokenizer-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  func write(_ files: [TokenizerFiles.File], keeping isKept: (String) -> Bool = { _ in true })
    throws
  {
    for file in files where isKept(file.name) {
      try Data(file.contents).write(to: directory.appending(path: file.name))
    }
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: directory.appending(path: name))
  }

  func text(of name: String, in files: [TokenizerFiles.File]) throws -> String {
    String(decoding: try #require(files.first { $0.name == name }).contents, as: UTF8.self)
  }

  func expectTheSame(_ tokenizer: Qwen2Tokenizer, as original: Qwen2Tokenizer) throws {
    let text = "Don't 你好 2025\n\n  <|im_start|>e\u{301}<|file_sep|><|imstart|>"
    #expect(try tokenizer.encode(text) == original.encode(text))
    #expect(tokenizer.addedTokens == original.addedTokens)
    #expect(tokenizer.vocabularyCount == original.vocabularyCount)
  }

  @Test func bothFoldersHoldTheOfficialFiles() throws {
    let files = TokenizerFiles(try .byteLevel())
    let names = [
      "added_tokens.json", "chat_template.jinja", "merges.txt", "special_tokens_map.json",
      "tokenizer_config.json", "vocab.json",
    ]
    #expect(files.tokenizerFolder.map(\.name).sorted() == names)
    #expect(
      Set(files.processorFolder.map(\.name)).subtracting(names) == [
        "preprocessor_config.json", "tokenizer.json", "video_preprocessor_config.json",
      ])
    for file in files.processorFolder where file.name.hasSuffix(".json") {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(file.contents)) }
    }
  }

  @Test(arguments: [true, false])
  func theWrittenFolderGivesTheSameTokenizer(isReal: Bool) throws {
    let original = try isReal ? RealVocabulary.tokenizer() : Qwen2Tokenizer.byteLevel()
    try write(TokenizerFiles(original).tokenizerFolder)
    try expectTheSame(Qwen2Tokenizer(directory: directory), as: original)
  }

  @Test(arguments: [true, false])
  func tokenizerJSONAloneGivesTheSameTokenizer(isReal: Bool) throws {
    let original = try isReal ? RealVocabulary.tokenizer() : Qwen2Tokenizer.byteLevel()
    try write(TokenizerFiles(original).processorFolder) { $0 == "tokenizer.json" }
    try expectTheSame(Qwen2Tokenizer(directory: directory), as: original)
  }

  @Test(arguments: ["added_tokens.json", "tokenizer_config.json"])
  func oneFileOfAddedTokensIsEnough(name: String) throws {
    let original = try Qwen2Tokenizer.byteLevel()
    try write(TokenizerFiles(original).tokenizerFolder) {
      ["vocab.json", "merges.txt", name].contains($0)
    }
    try expectTheSame(Qwen2Tokenizer(directory: directory), as: original)
  }

  @Test func theOfficialVocabularyNeedsNoFileOfAddedTokens() throws {
    let original = try RealVocabulary.tokenizer()
    try write(TokenizerFiles(original).tokenizerFolder) {
      ["vocab.json", "merges.txt"].contains($0)
    }
    try expectTheSame(Qwen2Tokenizer(directory: directory), as: original)
  }

  @Test func theVocabularyAsPublishedLoadsFromEitherForm() throws {
    let original = try RealVocabulary.tokenizer()
    let text = "Don't 你好 2025\n\n  <|im_start|>e\u{301}"
    let files = try Qwen2Tokenizer(directory: RealVocabulary.directory)
    try FileManager.default.createSymbolicLink(
      at: directory.appending(path: "tokenizer.json"),
      withDestinationURL: RealVocabulary.directory.appending(path: "tokenizer.json"))
    let single = try Qwen2Tokenizer(directory: directory)
    for tokenizer in [files, single] {
      #expect(tokenizer.addedTokens.count == 26)
      #expect(try tokenizer.encode(text) == original.encode(text))
      #expect(try tokenizer.encode("</think>") == [151_668])
    }
  }

  @Test(arguments: ["1", "-0.5e+3", "[1E9, 0]", "{\"a\": [true, false, null]}"])
  func unknownMembersAreSkipped(value: String) throws {
    try write(TokenizerFiles(try .byteLevel()).tokenizerFolder)
    try write("{\"new\": \(value)}", to: "tokenizer_config.json")
    #expect(try Qwen2Tokenizer(directory: directory).addedTokens.count == 22)
  }

  @Test(arguments: ["01", "-", "1.", ".5", "1e", "+1", "nul", "'a'", "[1,]", "{\"a\"}", "\"\t\""])
  func whatIsNotJSONIsRefused(value: String) throws {
    try write(TokenizerFiles(try .byteLevel()).tokenizerFolder)
    try write("{\"new\": \(value)}", to: "tokenizer_config.json")
    let error = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    guard case .notJSON = error?.problem else {
      Issue.record("expected a fault in the JSON, found \(String(describing: error))")
      return
    }
  }

  @Test func mergesOfTokenizerJSONMayBeStringsOrPairs() throws {
    let whole = try text(
      of: "tokenizer.json", in: TokenizerFiles(try .byteLevel()).processorFolder)
    for merges in ["[\"a b\"]", "[[\"a\", \"b\"]]"] {
      try write(
        whole.replacingOccurrences(of: "\"merges\":[]", with: "\"merges\":\(merges)")
          .replacingOccurrences(of: "\"a\":97", with: "\"a\":97,\"ab\":256")
          .replacing(/"id":(\d+)/) { "\"id\":\((Int($0.1) ?? 0) + 1)" }, to: "tokenizer.json")
      #expect(
        try Qwen2Tokenizer(directory: directory).encode("abc<|endoftext|>") == [256, 99, 257])
    }
  }

  @Test(arguments: [
    ("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "model.type"),
    ("\"NFC\"", "\"NFKC\"", "normalizer"),
    (#"|\\p{N}|"#, #"|\\p{N}{1,3}|"#, "pre_tokenizer"),
  ])
  func tokenizerJSONOfAnotherModelIsRefused(
    text: String, replacement: String, entry: String
  ) throws {
    let whole = try self.text(
      of: "tokenizer.json", in: TokenizerFiles(try .byteLevel()).processorFolder)
    try #require(whole.contains(text))
    try write(whole.replacingOccurrences(of: text, with: replacement), to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(error?.place == .entry(entry))
  }

  @Test func disagreeingFilesOfAddedTokensAreRefused() throws {
    try write(TokenizerFiles(try .byteLevel()).tokenizerFolder)
    try write("{\"<|im_start|>\": 258}", to: "added_tokens.json")
    let error = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(error?.place == .entry("<|im_start|>"))
    try write("{\"a\": 1, \"a\": 2}", to: "added_tokens.json")
    let duplicate = #expect(throws: TokenizerError.self) {
      try Qwen2Tokenizer(directory: directory)
    }
    #expect(duplicate?.problem == .duplicateKey)
  }

  @Test func missingFilesAreNamed() throws {
    let empty = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(empty?.problem == .missing)
    #expect(empty?.file.hasSuffix("/vocab.json") == true)
    try write(TokenizerFiles(try .byteLevel()).tokenizerFolder) { $0 == "vocab.json" }
    let merges = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(merges?.problem == .missing)
    #expect(merges?.file.hasSuffix("/merges.txt") == true)
  }

  @Test func aFolderInPlaceOfAFileIsRefused() throws {
    try FileManager.default.createDirectory(
      at: directory.appending(path: "vocab.json"), withIntermediateDirectories: false)
    let error = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(error?.problem == .unreadable(reason: "not a regular file"))
  }

  @Test func deepNestingIsRefused() throws {
    let deep = String(repeating: "[", count: 1_000_000)
    try write("{\"padding\":\(deep)", to: "tokenizer.json")
    let error = #expect(throws: TokenizerError.self) { try Qwen2Tokenizer(directory: directory) }
    #expect(error?.problem == .nestedTooDeep(limit: 128))
  }

  @Test func tokenizerJSONCutAtAnyByteIsRefused() throws {
    let whole = try text(
      of: "tokenizer.json", in: TokenizerFiles(try .byteLevel()).processorFolder)
    let bytes = Array(whole.utf8).dropLast(1)
    var accepted: [Int] = []
    for length in 0..<bytes.count {
      try Data(bytes[..<length]).write(to: directory.appending(path: "tokenizer.json"))
      if (try? Qwen2Tokenizer(directory: directory)) != nil { accepted.append(length) }
    }
    #expect(accepted == [])
  }

  @Test func changedBytesNeverCrash() throws {
    let files = TokenizerFiles(try .byteLevel()).processorFolder
    var generator = SplitMix(state: 1)
    let original = Array(try text(of: "tokenizer.json", in: files).utf8)
    for _ in 0..<2_000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(
          in: 0...255, using: &generator)
      }
      try Data(bytes).write(to: directory.appending(path: "tokenizer.json"))
      do {
        let tokenizer = try Qwen2Tokenizer(directory: directory)
        #expect(tokenizer.vocabularyCount >= 256)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
