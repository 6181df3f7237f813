import Raster

/// The text that a layer's pixels show, as far as the file tells it.
package struct TextContent: Hashable, Sendable {
  /// The characters; lines are separated by line feeds.
  package var string: String

  /// The name of the first character's font.
  package var fontName: String?

  /// The height of the first character's font, in pixels of the canvas.
  package var fontSize: Double?

  /// The first character's colour.
  package var color: RGBAPixel?

  /// Makes a text of its parts.
  package init(
    _ string: String, fontName: String? = nil, fontSize: Double? = nil, color: RGBAPixel? = nil
  ) {
    self.string = string
    self.fontName = fontName
    self.fontSize = fontSize
    self.color = color
  }
}
