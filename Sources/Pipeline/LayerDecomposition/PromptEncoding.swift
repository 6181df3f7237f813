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

  /// - Parameters:
  ///   - prompts: One for each picture; nil, empty or one space: the picture is described.
  ///   - pictures: At the working size.
  ///   - negative: Encoded as it is, also when it is empty.
  package func callAsFunction(
    _ prompts: [String?], pictures: [RasterImage], negative: String?,
    options: DecompositionOptions, report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    let needsCaptions = prompts.contains(where: Self.needsCaption)
    // Without captions the vision tower and the head are not even converted.
    guard needsCaptions else {
      let loaded = try files.network.load(dtype: placement.dtype, device: placement.device) {
        try LanguageModel($0.language, weights: $1)
      }
      reportLoaded(report)
      let encoded = try encode(
        prompts.map { $0 ?? "" }, negative: negative, by: loaded.network, options, report)
      try loaded.verifyUnchanged()
      return encoded
    }
    let loaded = try files.network.load(dtype: placement.dtype, device: placement.device)
    reportLoaded(report)
    let texts = try prompts.enumerated().map { index, prompt in
      guard Self.needsCaption(prompt) else { return prompt ?? "" }
      return try caption(pictures[index], index: index, by: loaded.network, options, report)
    }
    let encoded = try encode(
      texts, negative: negative, by: loaded.network.language, options, report)
    try loaded.verifyUnchanged()
    return encoded
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

  private func caption(
    _ picture: RasterImage, index: Int, by model: Qwen25VL, _ options: DecompositionOptions,
    _ report: (DecompositionEvent) -> Void
  ) throws -> String {
    let captioner = try Captioner(
      model, tokenizer: files.tokenizer, imageProcessor: ImageProcessor(files.imageProcessor),
      settings: files.generation)
    let text = try captioner(picture, in: options.captionLanguage) { count in
      report(.captioning(picture: index, tokenCount: count))
    }
    report(.captioned(picture: index, text: text))
    return text
  }

  private func encode(
    _ prompts: [String], negative: String?, by model: LanguageModel,
    _ options: DecompositionOptions, _ report: (DecompositionEvent) -> Void
  ) throws -> EncodedPrompts {
    let encoder = try PromptEncoder(model, tokenizer: files.tokenizer)
    func features(_ prompt: String, of what: String) throws -> PromptFeatures {
      try Task.checkCancellation()
      let features = try encoder(
        [prompt], maximumTokenCount: options.maximumPromptTokenCount)
      if let cut = features.cutTokenCounts.first, cut > 0 {
        report(
          .warning(
            "\(what) is longer than \(options.maximumPromptTokenCount) tokens: its last \(cut) are not read"
          ))
      }
      return features
    }
    return EncodedPrompts(
      positive: try prompts.map { ($0, try features($0, of: "the prompt")) },
      negative: try negative.map { try features($0, of: "the negative prompt") })
  }
}
