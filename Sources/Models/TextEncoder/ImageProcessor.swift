import Raster
import Torch

// Shapes: P patches, L numbers in a patch.

/// Makes a picture ready for the vision tower: resized to whole units, normalised, cut into patches.
///
/// Source: transformers `Qwen2VLImageProcessor`, with Pillow's resizing.
package struct ImageProcessor: Sendable {
  package let configuration: ImageProcessorConfiguration

  /// Makes pictures ready as a validated configuration says.
  package init(_ configuration: ImageProcessorConfiguration) { self.configuration = configuration }

  /// The patches of a picture.
  ///
  /// - Parameter image: Seen on white where it is transparent, as in transformers 5; older versions dropped the alpha.
  /// - Returns: Patches `[P, L]` in float32 in the order ``VisionTower`` takes, and their grid.
  /// - Throws: ``ExtremeAspectRatio``, ``RasterError``, ``TorchError``.
  package func callAsFunction(_ image: RasterImage) throws -> (patches: Tensor, grid: PatchGrid) {
    let size = try resizedSize(of: image.size)
    let white = RGBAPixel(red: 255, green: 255, blue: 255, alpha: 255)
    let onWhite = try RasterImage(size: image.size, filledWith: white).composited(under: image)
    let resized = try onWhite.resized(to: size, using: .bicubic)
    let rgba = try Tensor(resized.pixels, shape: [size.height, size.width, 4])
    let colors = try rgba.slice(0..<3, along: -1).converted(to: .float32) * configuration.scale
    let mean = try Tensor(configuration.mean, shape: [3]).converted(to: .float32)
    let deviation = try Tensor(configuration.deviation, shape: [3]).converted(to: .float32)
    return try patches(of: (colors - mean) / deviation)
  }

  /// The size a picture is resized to: near its own, both sides multiples of the side factor, pixels in the configured range.
  ///
  /// - Throws: ``ExtremeAspectRatio`` for a side more than 200 times the other.
  package func resizedSize(of size: PixelSize) throws(ExtremeAspectRatio) -> PixelSize {
    let width = Double(size.width)
    let height = Double(size.height)
    guard size.isInRange, max(width, height) / min(width, height) <= 200 else {
      throw ExtremeAspectRatio(size: size)
    }
    let factor = Double(configuration.sideFactor)
    let fewest = Double(configuration.pixelCounts.lowerBound)
    let most = Double(configuration.pixelCounts.upperBound)
    func nearest(_ side: Double) -> Double {
      (side / factor).rounded(.toNearestOrEven) * factor
    }
    var sides = (width: nearest(width), height: nearest(height))
    if sides.width * sides.height > most {
      let shrinking = (height * width / most).squareRoot()
      func below(_ side: Double) -> Double {
        max(factor, (side / shrinking / factor).rounded(.down) * factor)
      }
      sides = (below(width), below(height))
    } else if sides.width * sides.height < fewest {
      let growing = (fewest / (height * width)).squareRoot()
      func above(_ side: Double) -> Double { (side * growing / factor).rounded(.up) * factor }
      sides = (above(width), above(height))
    }
    return PixelSize(width: Int(sides.width), height: Int(sides.height))
  }

  /// Cuts `[height, width, channels]` into patches, unit by unit.
  private func patches(of x: Tensor) throws(TorchError) -> (patches: Tensor, grid: PatchGrid) {
    let (height, width, channels) = try x.dimensions()
    let side = configuration.patchSide
    let merge = configuration.mergeSide
    let frames = configuration.frameCount
    let grid = PatchGrid(rows: height / side, columns: width / side)
    let units = grid.merged(by: merge)
    // Unit row, unit column, patch row, patch column, channel, frame, pixel row, pixel column.
    let blocks =
      try x
      .reshaped(to: [units.rows, merge, side, units.columns, merge, side, channels])
      .permuted([0, 3, 1, 4, 6, 2, 5]).addingAxis(at: 5)
      .expanded(to: [units.rows, units.columns, merge, merge, channels, frames, side, side])
    return (
      try blocks.reshaped(to: [grid.count, channels * frames * side * side]), grid
    )
  }
}

/// A picture too long and thin for the vision tower.
package struct ExtremeAspectRatio: Error, Hashable, Sendable, CustomStringConvertible {
  package let size: PixelSize

  package var description: String {
    "a picture of \(size) is too long to be captioned: a side may be at most 200 times the other"
  }
}
