import Checkpoints
import Raster
import TextEncoder
import Torch

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
  ///   - prompts: One for each picture; nil, empty or one space: the picture is described.
  ///   - pictures: At the working size.
  ///   - negative: Encoded as it is, also when it is empty; nil: there is no guidance.
  ///   - options: Of which the captions' language and the most tokens of a prompt are read.
  ///   - report: Told of the text encoder loaded, of captions, and of prompts whose end is not read.
  /// - Returns: A text and its features for each picture, in order.
  /// - Throws: `CancellationError` between prompts and tokens, `SafetensorsError` if a file changed meanwhile, and what
  ///   ``Captioner`` and ``PromptEncoder`` throw.
  package func callAsFunction(
    _ prompts: [String?], pictures: [RasterImage], negative: String?,
    options: DecompositionOptions, report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    let texts = try texts(for: prompts, pictures: pictures, options: options, report: report)
    // For features the vision tower and the head are not even converted.
    let loaded = try files.network.load(dtype: placement.dtype, device: placement.device) {
      try LanguageModel($0.language, weights: $1)
    }
    reportLoaded(report)
    let encoder = try PromptEncoder(loaded.network, tokenizer: files.tokenizer)
    func features(_ prompt: String, of what: String) throws -> PromptFeatures {
      try Task.checkCancellation()
      let limit = options.maximumPromptTokenCount
      let features = try encoder([prompt], maximumTokenCount: limit)
      if let cut = features.cutTokenCounts.first, cut > 0 {
        report(.warning("\(what) has more than \(limit) tokens: its last \(cut) are not read"))
      }
      return features
    }
    let encoded = EncodedPrompts(
      positive: try texts.map { ($0, try features($0, of: "the prompt")) },
      negative: try negative.map { try features($0, of: "the negative prompt") })
    try loaded.verifyUnchanged()
    return encoded
  }

  /// The prompts as they are, and captions where there are none.
  package func texts(
    for prompts: [String?], pictures: [RasterImage], options: DecompositionOptions,
    report: (DecompositionEvent) -> Void
  ) throws -> [String] {
    guard prompts.contains(where: Self.needsCaption) else { return prompts.map { $0 ?? "" } }
    let loaded = try files.network.load(dtype: placement.dtype, device: placement.device)
    reportLoaded(report)
    let captioner = try Captioner(
      loaded.network, tokenizer: files.tokenizer,
      imageProcessor: ImageProcessor(files.imageProcessor), settings: files.generation)
    let texts = try prompts.enumerated().map { index, prompt in
      if let prompt, !Self.needsCaption(prompt) { return prompt }
      let text = try captioner(pictures[index], in: options.captionLanguage) { count in
        report(.captioning(picture: index, tokenCount: count))
      }
      report(.captioned(picture: index, text: text))
      return text
    }
    try loaded.verifyUnchanged()
    return texts
  }

  /// Whether a picture with this prompt is described by the model.
  private static func needsCaption(_ prompt: String?) -> Bool {
    prompt == nil || prompt == "" || prompt == " "
  }

  private func reportLoaded(_ report: (DecompositionEvent) -> Void) {
    report(
      .loaded(
        component: "text_encoder",
        weightByteCount: files.network.weightByteCount(as: placement.dtype)))
  }
}
