/// A token that stands outside the merges: its text becomes one id wherever it is looked for.
package struct AddedToken: Hashable, Sendable {
  package var text: String
  package var id: Int
  /// Whether decoding may leave it out.
  package var isSpecial: Bool

  package init(_ text: String, id: Int, isSpecial: Bool) {
    self.text = text
    self.id = id
    self.isSpecial = isSpecial
  }

  /// How many added tokens a tokenizer may have.
  static let limit = 1024

  /// Pads a batch, and ends a text.
  static let endOfText = "<|endoftext|>"

  /// The texts that decoding may leave out.
  private static let special = [
    endOfText, "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
  ]

  /// The texts that are tokens and yet part of an answer.
  private static let ordinary = [
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
    "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
  ]

  /// The 22 added tokens of Qwen2.5-VL with ids from `first` on (151,643 in the official files).
  package static func qwen2(from first: Int) -> [AddedToken] {
    (special + ordinary).enumerated().map { index, text in
      AddedToken(text, id: first + index, isSpecial: index < special.count)
    }
  }

  /// Whether a file that gives only the token's text means a special one.
  static func isSpecial(_ text: String) -> Bool { special.contains(text) }
}

/// Finds added tokens in UTF-8 text, the longest one first.
struct AddedTokenFinder: Sendable {
  /// The tokens that begin with each byte, longest first.
  private var candidates: [[(bytes: [UInt8], id: Int)]]

  init(_ tokens: [AddedToken]) {
    candidates = Array(repeating: [], count: 256)
    for token in tokens {
      let bytes = Array(token.text.utf8)
      guard let first = bytes.first else { continue }
      candidates[Int(first)].append((bytes, token.id))
    }
    for index in candidates.indices {
      candidates[index].sort { $0.bytes.count > $1.bytes.count }
    }
  }

  /// The token that begins at `start` and ends within `range`, if there is one.
  func token(in text: [UInt8], at start: Int, within range: Range<Int>) -> (id: Int, end: Int)? {
    for candidate in candidates[Int(text[start])] {
      let end = start + candidate.bytes.count
      if end <= range.upperBound, text[start..<end].elementsEqual(candidate.bytes) {
        return (candidate.id, end)
      }
    }
    return nil
  }
}
