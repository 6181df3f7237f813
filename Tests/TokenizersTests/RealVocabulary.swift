import Foundation
import Testing
import Tokenizers

/// The vocabulary of Qwen2 that the project's set-up unpacks, with the added tokens of Qwen2.5-VL.
enum RealVocabulary {
  static let directory = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".deps/qwen-vocabulary")

  /// Read once for all tests.
  static let result = Result {
    try Qwen2Tokenizer(directory: directory, addedTokens: .qwen2)
  }

  static func tokenizer() throws -> Qwen2Tokenizer { try result.get() }
}

/// A file beside the tests.
func fixture(_ name: String) throws -> String {
  let url = try #require(
    Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "Fixtures"))
  return try String(contentsOf: url, encoding: .utf8)
}
