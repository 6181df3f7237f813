/// Why a layer is not in a sample.
package enum LayerDropReason: String, Codable, CaseIterable, Sendable {
  /// It, or a group or base that it belongs to, is switched off.
  case hidden
  /// Its opacity, or that of a group or base that it belongs to, is 0.
  case opacityZero = "opacity-zero"
  /// It changes the colours below it in a way that is not drawn.
  case adjustmentOnly = "adjustment-only"
  /// It changes the colours below it, which have changed in their layers.
  case bakedAdjustment = "baked-adjustment"
  /// It has no pixels.
  case noPixels = "no-pixels"
  /// All of its pixels lie outside the canvas.
  case offCanvas = "off-canvas"
  /// None of its pixels on the canvas shows.
  case empty
  /// It shows a pixel or so.
  case speck
  /// Its pixels or masks are broken in the file.
  case corrupt
  /// It is a picture in which nothing is sharp.
  case blurred
  /// A part the colour of skin is smooth where its surroundings are not.
  case blurredFace = "blurred-face"
  /// It changes nothing of what lies below it.
  case identicalToBelow = "identical-to-below"
  /// Without it the picture is the same, give or take one level.
  case nonContributing = "non-contributing"
}

/// Why a file gives no sample.
package enum FileDropReason: String, Codable, CaseIterable, Sendable {
  /// It is no PSD, or broken beyond its single layers.
  case unreadable
  /// Its canvas has more pixels, or the document more layers, than the configuration allows.
  case tooLarge = "too-large"
  /// A side is shorter than the configuration allows, or than the bucket needs.
  case tooSmall = "too-small"
  /// Fewer layers are left than the configuration asks for.
  case tooFewLayers = "too-few-layers"
  /// The layers give another picture than the file's, and it has features that are not rendered.
  case notRendered = "not-rendered"
  /// The layers give another picture than the file's.
  case differsFromPicture = "differs-from-picture"
  /// No plain layers reproduce the document's own rendering.
  case notBaked = "not-baked"
  /// The finished layers do not recompose to the picture.
  case recomposition
  /// A file with the same bytes came before.
  case duplicateFile = "duplicate-file"
  /// A sample with the same picture came before.
  case duplicatePixels = "duplicate-pixels"
  /// Its picture is in a dataset that was to be left out, such as one for evaluation.
  case excluded
  /// The process that worked on it ended by a signal, for instance out of memory.
  case crashed
  /// The process that worked on it took longer than it may.
  case deadline
  /// The file changed while it was worked on.
  case changed
}
