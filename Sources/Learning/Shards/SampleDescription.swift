import Raster

/// Words about a picture, and who wrote them.
package struct Caption: Hashable, Sendable, Codable {
  /// The words; never empty.
  package var text: String

  /// Who wrote them: "template", or the name of a model.
  package var author: String

  /// Makes a caption of its parts.
  package init(_ text: String, by author: String) {
    self.text = text
    self.author = author
  }
}

/// Everything about a sample but its pixels: the content of `key.json`.
package struct SampleDescription: Hashable, Sendable {
  /// One layer.
  package struct Layer: Hashable, Sendable {
    /// The name, or names, that the layer had in its source.
    package var name: String

    /// The smallest rectangle that holds all that shows; `nil` where nothing does.
    package var boundingBox: PixelRectangle?

    /// Makes a layer of its parts.
    package init(name: String, boundingBox: PixelRectangle?) {
      self.name = name
      self.boundingBox = boundingBox
    }
  }

  /// What identifies the sample in its dataset.
  package var key: String

  /// Pixels of the composite and of every layer.
  package var canvas: PixelSize

  /// What the picture shows.
  package var caption: Caption

  /// A word such as "poster".
  package var category: String

  /// SHA-256 of what the sample was made of, in hexadecimal digits.
  package var sourceHash: String

  /// The layers, back to front.
  package var layers: [Layer]

  /// The most layers of a sample.
  package static let maximumLayerCount = 100

  /// The most bytes of a caption, a name or an author.
  package static let maximumTextLength = 16_384

  /// Makes a description of its parts.
  package init(
    key: String, canvas: PixelSize, caption: Caption, category: String, sourceHash: String,
    layers: [Layer]
  ) {
    self.key = key
    self.canvas = canvas
    self.caption = caption
    self.category = category
    self.sourceHash = sourceHash
    self.layers = layers
  }

  /// Checks all that can be checked without pixels.
  func validate() throws(SampleFault) {
    guard Self.isKey(key) else { throw SampleFault(.badKey, of: key) }
    guard canvas.isInRange else { throw SampleFault(.sizeOutOfRange(canvas), of: key) }
    guard (1...Self.maximumLayerCount).contains(layers.count) else {
      throw SampleFault(.layerCount(layers.count), of: key)
    }
    let words = caption.text.unicodeScalars
    guard words.contains(where: { !$0.properties.isWhitespace }) else {
      throw SampleFault(.emptyCaption, of: key)
    }
    guard !words.contains(where: { $0.properties.generalCategory == .control && $0 != "\n" })
    else { throw SampleFault(.controlCharacterInCaption, of: key) }
    for text in [caption.text, caption.author] + layers.map(\.name) {
      guard text.utf8.count <= Self.maximumTextLength else {
        throw SampleFault(.textTooLong(byteCount: text.utf8.count), of: key)
      }
    }
    let isWord = category.utf8.allSatisfy { $0.isLowerCaseOrDigit || $0 == UInt8(ascii: "-") }
    guard isWord, (1...64).contains(category.utf8.count) else {
      throw SampleFault(.badCategory(category), of: key)
    }
    guard sourceHash.utf8.count == 64, sourceHash.utf8.allSatisfy(\.isHexadecimalDigit) else {
      throw SampleFault(.badSourceHash, of: key)
    }
    for (index, layer) in layers.enumerated() {
      guard let box = layer.boundingBox else { continue }
      let isInside =
        (0..<canvas.width).contains(box.x) && (0..<canvas.height).contains(box.y)
        && (1...canvas.width - box.x).contains(box.width)
        && (1...canvas.height - box.y).contains(box.height)
      guard isInside else { throw SampleFault(.boundingBoxOutside(layer: index), of: key) }
    }
  }

  /// Whether a text can identify a sample: it becomes part of file names, up to their first dot.
  package static func isKey(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        $0.isLowerCaseOrDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
          || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
      }
  }
}

extension UInt8 {
  fileprivate var isLowerCaseOrDigit: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }

  fileprivate var isHexadecimalDigit: Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
  }
}
