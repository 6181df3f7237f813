import Raster

/// A layer that plain "over" lays onto those below it.
package struct ExtractedLayer: Hashable, Sendable {
  /// The name in the document, or the names of what was merged.
  package var name: String
  /// The place in the document's tree, as in "2/0/1"; several joined by "+".
  package var path: String
  /// The words that it shows, where the file tells them.
  package var text: String?
  /// What shows, in sRGB.
  package var pixels: PlacedImage

  package init(name: String, path: String, text: String? = nil, pixels: PlacedImage) {
    self.name = name
    self.path = path
    self.text = text
    self.pixels = pixels
  }
}

/// A layer that was left out, and why.
package struct DroppedLayer: Hashable, Sendable, Codable {
  package var name: String
  /// The place in the document's tree, as in "2/0/1".
  package var path: String
  package var reason: LayerDropReason
}

/// Why a file gives no sample, with what is known besides.
package struct FileDrop: Error, Hashable, Sendable {
  package var reason: FileDropReason
  /// One line; the same in every run.
  package var detail: String

  package init(_ reason: FileDropReason, _ detail: String = "") {
    self.reason = reason
    self.detail = detail
  }
}
