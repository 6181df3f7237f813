/// The files by which other programs know a tokenizer: the folders `tokenizer` and `processor`
/// of the official checkpoint.
///
/// They hold the same tokenizer; the processor's folder adds the single-file form and the sizes
/// of pictures. Nothing is written to disk here.
package struct TokenizerFiles: Sendable {
  /// A file's name within its folder and its contents.
  package struct File: Hashable, Sendable {
    package var name: String
    package var contents: [UInt8]
  }

  private let tokenizer: Qwen2Tokenizer

  package init(_ tokenizer: Qwen2Tokenizer) {
    self.tokenizer = tokenizer
  }

  /// The files of the folder `tokenizer`.
  package var tokenizerFolder: [File] {
    [
      file("added_tokens.json", addedTokenIDs),
      File(name: "chat_template.jinja", contents: Array(Self.chatTemplate.utf8)),
      File(name: "merges.txt", contents: merges),
      file("special_tokens_map.json", specialTokens),
      file("tokenizer_config.json", configuration),
      file("vocab.json", vocabulary),
    ]
  }

  /// The files of the folder `processor`.
  package var processorFolder: [File] {
    tokenizerFolder + [
      file("tokenizer.json", description),
      file("preprocessor_config.json", Self.imagePreprocessing),
      file("video_preprocessor_config.json", Self.videoPreprocessing),
    ]
  }

  private func file(_ name: String, _ value: JSONValue) -> File {
    File(name: name, contents: value.text + [UInt8(ascii: "\n")])
  }

  private var addedTokenIDs: JSONValue {
    .object(tokenizer.addedTokens.map { (key: $0.text, value: .integer($0.id)) })
  }

  private var vocabulary: JSONValue {
    .object((0..<tokenizer.vocabulary.count).map { (key: spelling(of: $0), value: .integer($0)) })
  }

  private var merges: [UInt8] {
    var text = Array("#version: 0.2\n".utf8)
    for pair in tokenizer.rules.pairs {
      text.append(contentsOf: "\(spelling(of: pair.left)) \(spelling(of: pair.right))\n".utf8)
    }
    return text
  }

  /// Tokens with a part to play, and the other special ones.
  private var specialTokens: JSONValue {
    [
      "additional_special_tokens": additionalSpecialTokens,
      "eos_token": .string(endOfTurn),
      "pad_token": .string(AddedToken.endOfText),
    ]
  }

  private var configuration: JSONValue {
    [
      "add_bos_token": false,
      "add_prefix_space": false,
      "added_tokens_decoder": .object(
        tokenizer.addedTokens.map { (key: String($0.id), value: Self.properties(of: $0)) }),
      "additional_special_tokens": additionalSpecialTokens,
      "bos_token": nil,
      "clean_up_tokenization_spaces": false,
      "eos_token": .string(endOfTurn),
      "errors": "replace",
      "model_max_length": 131_072,
      "pad_token": .string(AddedToken.endOfText),
      "processor_class": "Qwen2VLProcessor",
      "split_special_tokens": false,
      "tokenizer_class": "Qwen2Tokenizer",
      "unk_token": nil,
    ]
  }

  /// The tokenizer in one file, for HF tokenizers.
  private var description: JSONValue {
    let byteLevel: JSONValue = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false,
    ]
    let split: JSONValue = [
      "type": "Split", "pattern": ["Regex": .string(TokenizerDescription.wordPattern)],
      "behavior": "Isolated", "invert": false,
    ]
    return [
      "version": "1.0",
      "truncation": nil,
      "padding": nil,
      "added_tokens": .array(
        tokenizer.addedTokens.map { token in
          guard case .object(let members) = Self.properties(of: token) else { return nil }
          return .object([(key: "id", value: .integer(token.id))] + members)
        }),
      "normalizer": ["type": "NFC"],
      "pre_tokenizer": ["type": "Sequence", "pretokenizers": [split, byteLevel]],
      "post_processor": byteLevel,
      "decoder": byteLevel,
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": nil, "continuing_subword_prefix": "",
        "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
        "ignore_merges": false, "vocab": vocabulary,
        "merges": .array(
          tokenizer.rules.pairs.map {
            [.string(spelling(of: $0.left)), .string(spelling(of: $0.right))]
          }),
      ],
    ]
  }

  private var additionalSpecialTokens: JSONValue {
    .array(
      tokenizer.addedTokens
        .filter { $0.isSpecial && $0.text != AddedToken.endOfText }
        .map { .string($0.text) })
  }

  /// What ends an answer: `<|im_end|>` where the tokenizer has it.
  private var endOfTurn: String {
    tokenizer.addedTokens.first { $0.text == "<|im_end|>" }?.text ?? AddedToken.endOfText
  }

  private func spelling(of id: some BinaryInteger) -> String {
    ByteAlphabet.spell(tokenizer.vocabulary.bytes(of: Int(id)) ?? [])
  }

  private static func properties(of token: AddedToken) -> JSONValue {
    [
      "content": .string(token.text), "lstrip": false, "normalized": false, "rstrip": false,
      "single_word": false, "special": .bool(token.isSpecial),
    ]
  }

  /// Turns of a conversation, each between `<|im_start|>` and `<|im_end|>`.
  private static let chatTemplate = """
    {%- for message in messages -%}
    {{ '<|im_start|>' + message.role + '\\n' }}
    {%- if message.content is string -%}
    {{ message.content }}
    {%- else -%}
    {%- for part in message.content -%}
    {%- if part.type == 'text' -%}
    {{ part.text }}
    {%- elif part.type == 'image' -%}
    {{ '<|vision_start|><|image_pad|><|vision_end|>' }}
    {%- elif part.type == 'video' -%}
    {{ '<|vision_start|><|video_pad|><|vision_end|>' }}
    {%- endif -%}
    {%- endfor -%}
    {%- endif -%}
    {{ '<|im_end|>\\n' }}
    {%- endfor -%}
    {%- if add_generation_prompt -%}
    {{ '<|im_start|>assistant\\n' }}
    {%- endif -%}

    """

  /// How the vision tower wants pictures: sizes in pixels, colours as CLIP's mean and deviation.
  private static let imagePreprocessing: JSONValue = .object(
    [
      (key: "image_processor_type", value: "Qwen2VLImageProcessor"),
      (key: "size", value: ["shortest_edge": 3136, "longest_edge": 12_845_056]),
      (key: "min_pixels", value: 3136), (key: "max_pixels", value: 12_845_056),
    ] + pixelPreparation)

  private static let videoPreprocessing: JSONValue = .object(
    [
      (key: "video_processor_type", value: "Qwen2VLVideoProcessor"),
      (key: "size", value: ["shortest_edge": 100_352, "longest_edge": 602_112]),
      (key: "min_frames", value: 4), (key: "max_frames", value: 768),
      (key: "do_sample_frames", value: false),
    ] + pixelPreparation)

  private static let pixelPreparation: [(key: String, value: JSONValue)] = [
    (key: "processor_class", value: "Qwen2VLProcessor"),
    (key: "do_convert_rgb", value: true), (key: "do_resize", value: true),
    (key: "do_rescale", value: true), (key: "do_normalize", value: true),
    (key: "resample", value: 3), (key: "rescale_factor", value: .number(1.0 / 255)),
    (key: "image_mean", value: [0.48145466, 0.4578275, 0.40821073]),
    (key: "image_std", value: [0.26862954, 0.26130258, 0.27577711]),
    (key: "patch_size", value: 14), (key: "temporal_patch_size", value: 2),
    (key: "merge_size", value: 2),
  ]
}
