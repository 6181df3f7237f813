import Raster
import Tokenizers
import Torch

/// Describes a picture in words, for when no prompt was given.
///
/// Source: diffusers `QwenImageLayeredPipeline.get_image_caption`.
package struct Captioner {
  private let model: Qwen25VL
  private let tokenizer: Qwen2Tokenizer
  private let imageProcessor: ImageProcessor
  private let settings: GenerationConfiguration

  /// Checks that the parts belong together.
  ///
  /// - Throws: ``TokenizerError`` if the tokenizer has more tokens than the model, ``MismatchedParts``.
  package init(
    _ model: Qwen25VL, tokenizer: Qwen2Tokenizer, imageProcessor: ImageProcessor,
    settings: GenerationConfiguration
  ) throws {
    try tokenizer.requireFit(embeddingRows: model.configuration.language.vocabularySize)
    let imageToken = tokenizer.id(of: Self.imageToken)
    guard imageToken == model.configuration.imageToken else {
      throw MismatchedParts.imageToken(tokenizer: imageToken, model: model.configuration.imageToken)
    }
    let vision = model.configuration.vision
    let cut = imageProcessor.configuration
    let found = [cut.patchSide, cut.frameCount, cut.mergeSide]
    let expected = [vision.patchSide, vision.frameCount, vision.mergeSide]
    guard found == expected else {
      throw MismatchedParts.patches(imageProcessor: found, model: expected)
    }
    self.model = model
    self.tokenizer = tokenizer
    self.imageProcessor = imageProcessor
    self.settings = settings
  }

  /// A caption of the picture.
  ///
  /// - Parameters:
  ///   - image: Seen on white where it is transparent.
  ///   - language: Of the instruction, and so of the caption.
  ///   - maximumTokenCount: Where a caption that does not end is broken off.
  ///   - report: Called with the number of tokens so far after each.
  /// - Returns: Text without special tokens and without white space around it.
  /// - Throws: ``ExtremeAspectRatio``, ``ScoreNotFinite``, ``TorchError``; `CancellationError` soon after the task is cancelled.
  package func callAsFunction(
    _ image: RasterImage, in language: CaptionLanguage, maximumTokenCount: Int = 512,
    reporting report: (Int) -> Void = { _ in }
  ) throws -> String {
    let (patches, grid) = try imageProcessor(image)
    try Task.checkCancellation()
    let vectorCount = grid.merged(by: imageProcessor.configuration.mergeSide).count
    var decoding = try GreedyDecoding(
      model, prompt: prompt(in: language, vectorCount: vectorCount), image: (patches, grid),
      settings: settings, maximumCount: maximumTokenCount)
    while try decoding.next() != nil {
      try Task.checkCancellation()
      report(decoding.tokens.count)
    }
    return text(of: decoding.tokens)
  }

  /// The ids of the instruction, its one image token repeated for each vector of the picture.
  private func prompt(
    in language: CaptionLanguage, vectorCount: Int
  ) throws(TokenLimitError) -> [Int] {
    let imageToken = model.configuration.imageToken
    return try tokenizer.encode(language.instruction).flatMap { token in
      Array(repeating: token, count: token == imageToken ? vectorCount : 1)
    }
  }

  /// The text without special tokens and without white space around it.
  private func text(of tokens: [Int]) -> String {
    let text = tokenizer.decode(tokens, skippingSpecialTokens: true).unicodeScalars
    guard let first = text.firstIndex(where: isText), let last = text.lastIndex(where: isText)
    else { return "" }
    return String(text[first...last])
  }

  /// Whether Python's `strip` would leave it at a border: the four separators of ASCII are blanks there, too.
  private func isText(_ scalar: Unicode.Scalar) -> Bool {
    !scalar.properties.isWhitespace && !("\u{1C}"..."\u{1F}").contains(scalar)
  }

  private static let imageToken = "<|image_pad|>"
}

/// Parts of a checkpoint that do not belong together.
package enum MismatchedParts: Error, Hashable, Sendable, CustomStringConvertible {
  /// The id of `<|image_pad|>` in the tokenizer, nil where it has none, and `image_token_id` of the model.
  case imageToken(tokenizer: Int?, model: Int)
  /// Patch side, frames of a patch and merge side, in the image processor and in the vision tower.
  case patches(imageProcessor: [Int], model: [Int])

  package var description: String {
    switch self {
    case .imageToken(let tokenizer, let model):
      "the tokenizer's id of <|image_pad|> is \(tokenizer.map(String.init) ?? "missing"), "
        + "image_token_id of the text encoder is \(model)"
    case .patches(let imageProcessor, let model):
      "the image processor's patch_size, temporal_patch_size and merge_size are \(imageProcessor), "
        + "the vision tower's \(model)"
    }
  }
}
