import Checkpoints
import Raster
import TextEncoder
import Torch
import Weights

/// What a run's prompts say.
package struct EncodedPrompts {
  /// For each picture the text that was used, given or found, and its features.
  package let positive: [(text: String, features: PromptFeatures)]
  /// The features of the negative prompt; nil where there is no guidance.
  package let negative: PromptFeatures?
}

/// The stage that describes pictures without a prompt and turns all prompts into features.
///
/// The whole life of the text encoder: loaded, used for all pictures, released.
package struct PromptEncoding {
  private let files: CheckpointFolder.TextFiles
  private let placement: Placement

  package init(_ files: CheckpointFolder.TextFiles, placement: Placement) {
    self.files = files
    self.placement = placement
  }

  /// Describes where needed, then encodes every prompt.
  ///
  /// - Parameters:
  ///   - prompts: One for each picture; nil, empty or one space: the picture is described where the options ask for
  ///     it, else one space is encoded.
  ///   - pictures: At the working size.
  ///   - negative: Encoded as it is, also when it is empty; nil: there is no guidance.
  ///   - options: Of which whether and in which language pictures are described and the most tokens of a prompt are read.
  ///   - report: Told of the text encoder loaded, of captions, and of prompts whose end is not read.
  /// - Returns: A text and its features for each picture, in order.
  /// - Throws: `CancellationError` between prompts and tokens, `SafetensorsError` if a file changed meanwhile, and what
  ///   ``Captioner`` and ``PromptEncoder`` throw.
  package func callAsFunction(
    _ prompts: [String?], pictures: [RasterImage], negative: String?,
    options: DecompositionOptions, report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    guard options.describesPictures, prompts.contains(where: Self.needsCaption) else {
      // For features the vision tower and the head are not even converted.
      let loaded = try load(report: report) { try LanguageModel($0.language, weights: $1) }
      let encoded = try encode(
        prompts.map { $0.flatMap { $0.isEmpty ? nil : $0 } ?? " " }, negative: negative,
        with: loaded.network, options: options,
        report: report)
      try loaded.verifyUnchanged()
      return encoded
    }
    let loaded = try load(report: report, building: Qwen25VL.init)
    let texts = try texts(
      for: prompts, pictures: pictures, with: loaded.network, options: options, report: report)
    let encoded = try encode(
      texts, negative: negative, with: loaded.network.language, options: options, report: report)
    try loaded.verifyUnchanged()
    return encoded
  }

  /// Encodes a prompt as it is.
  ///
  /// - Parameters:
  ///   - prompt: Its text; empty, one space is encoded.
  ///   - negative: nil: there is no guidance.
  ///   - options: Of which the most tokens of a prompt are read.
  ///   - report: Told of the text encoder loaded, and of prompts whose end is not read.
  /// - Returns: The prompt and its features.
  /// - Throws: As for ``callAsFunction(_:pictures:negative:options:report:)``.
  package func features(
    of prompt: String, negative: String?, options: DecompositionOptions,
    report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    let loaded = try load(report: report) { try LanguageModel($0.language, weights: $1) }
    let encoded = try encode(
      [prompt.isEmpty ? " " : prompt], negative: negative, with: loaded.network, options: options,
      report: report)
    try loaded.verifyUnchanged()
    return encoded
  }

  /// Describes pictures, without features of the captions.
  ///
  /// - Parameters:
  ///   - pictures: At the working size.
  ///   - options: The language of the captions.
  ///   - report: Told of loading and of every token.
  /// - Returns: A caption of each picture.
  /// - Throws: `CancellationError` between tokens, and what the networks throw.
  package func captions(
    of pictures: [RasterImage], options: DecompositionOptions,
    report: (DecompositionEvent) -> Void
  ) throws -> [String] {
    let loaded = try load(report: report, building: Qwen25VL.init)
    let texts = try texts(
      for: pictures.map { _ in nil }, pictures: pictures, with: loaded.network, options: options,
      report: report)
    try loaded.verifyUnchanged()
    return texts
  }

  private func encode(
    _ texts: [String], negative: String?, with network: LanguageModel,
    options: DecompositionOptions, report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    let encoder = try PromptEncoder(network, tokenizer: files.tokenizer)
    func features(_ prompt: String, of what: String) throws -> PromptFeatures {
      try Task.checkCancellation()
      let limit = options.maximumPromptTokenCount
      let features = try encoder([prompt], maximumTokenCount: limit)
      if let cut = features.cutTokenCounts.first, cut > 0 {
        report(.warning("\(what) has more than \(limit) tokens: its last \(cut) are not read"))
      }
      return features
    }
    return EncodedPrompts(
      positive: try texts.map { ($0, try features($0, of: "the prompt")) },
      negative: try negative.map { try features($0, of: "the negative prompt") })
  }

  /// The prompts as they are, and captions where there are none.
  private func texts(
    for prompts: [String?], pictures: [RasterImage], with network: Qwen25VL,
    options: DecompositionOptions, report: (DecompositionEvent) -> Void
  ) throws -> [String] {
    let captioner = try Captioner(
      network, tokenizer: files.tokenizer, imageProcessor: ImageProcessor(files.imageProcessor),
      settings: files.generation)
    return try prompts.enumerated().map { index, prompt in
      if let prompt, !Self.needsCaption(prompt) { return prompt }
      let text = try captioner(pictures[index], in: options.captionLanguage) { count in
        report(.captioning(picture: index, tokenCount: count))
      }
      report(.captioned(picture: index, text: text))
      return text
    }
  }

  /// Whether a picture with this prompt is described by the model.
  private static func needsCaption(_ prompt: String?) -> Bool {
    prompt == nil || prompt == "" || prompt == " "
  }

  /// Builds the text encoder or a part of it over its files.
  private func load<Part>(
    report: (DecompositionEvent) -> Void,
    building build: (Qwen25VLConfiguration, WeightScope) throws -> Part
  ) throws -> LoadedNetwork<Part> {
    try Task.checkCancellation()
    let loaded = try files.network.load(
      dtype: placement.dtype, device: placement.device,
      quantizesLinearWeights: placement.quantizesLinearWeights, building: build)
    report(.loaded(component: "text_encoder", weightByteCount: loaded.store.byteCount))
    return loaded
  }
}
