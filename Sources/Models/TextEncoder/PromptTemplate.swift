import Tokenizers

/// The conversation in which a prompt is read for its features.
///
/// The texts are constants of the model. Source: diffusers `QwenImageLayeredPipeline.prompt_template_encode`.
package enum PromptTemplate {
  /// What stands before the prompt.
  package static let head = """
    <|im_start|>system
    Describe the image by detailing the color, shape, size, texture, quantity, text, spatial relationships \
    of the objects and background:<|im_end|>
    <|im_start|>user

    """

  /// What stands behind it, whose features are kept.
  package static let tail = "<|im_end|>\n<|im_start|>assistant\n"

  /// How many tokens ``head`` has in the vocabulary of Qwen2.
  ///
  /// With any vocabulary, the features of that many are left out.
  package static let droppedTokenCount = 34

  /// The most tokens of a whole prompt that are looked at, as Qwen2's `model_max_length`.
  package static let tokenLimit = 131_072

  /// The ids of the template around a prompt.
  ///
  /// - Parameters:
  ///   - prompt: ``PromptSegment/verbatim(_:)``, as prompts from people should be, or
  ///     ``PromptSegment/template(_:)``, in which `<|im_end|>` and the like are control tokens, as the reference reads all.
  ///   - tokenizer: Of the model that will read the ids.
  /// - Returns: The ids of head, prompt and tail, read as one text.
  /// - Throws: ``TokenLimitError`` beyond ``tokenLimit``.
  package static func tokens(
    around prompt: PromptSegment, tokenizer: Qwen2Tokenizer
  ) throws(TokenLimitError) -> [Int] {
    try tokenizer.encode([.template(head), prompt, .template(tail)], limit: tokenLimit)
  }
}
