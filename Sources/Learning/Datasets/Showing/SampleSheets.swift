import Raster
import Reports
import Shards

extension PictureSheet {
  /// The most layers shown of a sample.
  private static let layerCount = 8

  /// A row for each sample: its composite, then its layers from the back.
  ///
  /// - Throws: `RasterError` where the sheet would be too large.
  package static func layers(of samples: [TrainingSample]) throws(RasterError) -> RasterImage {
    try PictureSheet(longestSide: 128).image(
      of: samples.map { [$0.composite] + $0.layers.layers.prefix(layerCount) })
  }

  /// Composites side by side, eight in a row, at most 512 pixels a side.
  ///
  /// - Throws: `RasterError` where the sheet would be too large.
  package static func composites(of samples: [TrainingSample]) throws(RasterError) -> RasterImage {
    let largest = samples.map { max($0.canvas.width, $0.canvas.height) }.max() ?? 1
    return try PictureSheet(longestSide: min(512, largest)).image(
      of: stride(from: 0, to: samples.count, by: 8).map { first in
        samples[first..<min(first + 8, samples.count)].map(\.composite)
      })
  }
}
