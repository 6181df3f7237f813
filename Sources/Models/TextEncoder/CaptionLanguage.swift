/// The language of a caption.
public enum CaptionLanguage: String, CaseIterable, Hashable, Sendable {
  case english = "en"
  case chinese = "zh"

  /// The conversation that asks for the caption, with one `<|image_pad|>` for the whole picture.
  ///
  /// The texts are constants of the model, line breaks and blanks included.
  /// Source: diffusers `QwenImageLayeredPipeline.image_caption_prompt_en`, `image_caption_prompt_cn`.
  package var instruction: String {
    switch self {
    case .english:
      """
      <|im_start|>system
      You are a helpful assistant.<|im_end|>
      <|im_start|>user
      # Image Annotator
      You are a professional
      image annotator. Please write an image caption based on the input image:
      1. Write the caption using natural,
      descriptive language without structured formats or rich text.
      2. Enrich caption details by including:\u{20}
       - Object
      attributes, such as quantity, color, shape, size, material, state, position, actions, and \
      so on
       - Vision Relations
      between objects, such as spatial relations, functional relations, possessive relations, \
      attachment relations, action
      relations, comparative relations, causal relations, and so on
       - Environmental details, such as weather, lighting,
      colors, textures, atmosphere, and so on
       - Identify the text clearly visible in the image, without translation or
      explanation, and highlight it in the caption with quotation marks
      3. Maintain authenticity and accuracy:
       - Avoid
      generalizations
       - Describe all visible information in the image, while do not add information not \
      explicitly shown in
      the image
      <|vision_start|><|image_pad|><|vision_end|><|im_end|>
      <|im_start|>assistant

      """
    case .chinese:
      """
      <|im_start|>system
      You are a helpful assistant.<|im_end|>
      <|im_start|>user
      # 图像标注器
      你是一个专业的图像标注器。请基于输入图像，撰写图注:
      1.
      使用自然、描述性的语言撰写图注，不要使用结构化形式或富文本形式。
      2. 通过加入以下内容，丰富图注细节：
       - 对象的属性：如数量、颜色、形状、大小、位置、材质、状态、动作等
       -
      对象间的视觉关系：如空间关系、功能关系、动作关系、从属关系、比较关系、因果关系等
       - 环境细节：例如天气、光照、颜色、纹理、气氛等
       - 文字内容：识别图像中清晰可见的文字，不做翻译和解释，用引号在图注中强调
      3.
      保持真实性与准确性：
       - 不要使用笼统的描述
       -
      描述图像中所有可见的信息，但不要加入没有在图像中出现的内容
      <|vision_start|><|image_pad|><|vision_end|><|im_end|>
      <|im_start|>assistant

      """
    }
  }
}
