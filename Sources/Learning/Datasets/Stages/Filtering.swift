import Raster
import Shards

/// The rules by which layers with anomalous content are left out, one predicate each.
package struct Filtering: Sendable {
  package let maximumSpeckPixelCount: Int
  package let blur: BlurRule
  package let face: FaceRule

  /// Takes the thresholds of a configuration.
  package init(_ configuration: BuildConfiguration) {
    maximumSpeckPixelCount = configuration.maximumSpeckPixelCount
    blur = configuration.blur
    face = configuration.face
  }

  /// Why a layer is to be left out; `nil` where it is sound.
  package func anomaly(of pixels: PlacedImage) -> LayerDropReason? {
    if isSpeck(pixels) { return .speck }
    let sharpness = Sharpness(of: pixels.image)
    if blur.holds(for: sharpness) { return .blurred }
    if face.holds(for: pixels.image, of: sharpness) { return .blurredFace }
    return nil
  }

  /// Whether hardly a pixel shows.
  package func isSpeck(_ pixels: PlacedImage) -> Bool {
    pixels.visiblePixelCount <= maximumSpeckPixelCount
  }

  /// Sorts layers into those that stay and those that do not.
  package func callAsFunction(
    _ layers: [ExtractedLayer]
  ) -> (kept: [ExtractedLayer], dropped: [DroppedLayer]) {
    var kept: [ExtractedLayer] = []
    var dropped: [DroppedLayer] = []
    let sizes = layers.map { $0.pixels.frame.width * $0.pixels.frame.height }
    let reasons = concurrently(layers.count, worth: sizes.max() ?? 0) {
      anomaly(of: layers[$0].pixels)
    }
    for (layer, reason) in zip(layers, reasons) {
      if let reason {
        dropped.append(DroppedLayer(name: layer.name, path: layer.path, reason: reason))
      } else {
        kept.append(layer)
      }
    }
    return (kept, dropped)
  }
}
