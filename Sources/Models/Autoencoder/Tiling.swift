import Torch

// Shapes: B batch, C channels, H, W height and width.

/// Overlapping tiles, so that a picture of any size is encoded and decoded in the memory of one tile.
///
/// The results differ a little from those of the whole picture, because a tile does not see beyond its edges.
/// Source: diffusers `AutoencoderKLQwenImage.tiled_encode` and `tiled_decode`.
package struct Tiling: Hashable, Sendable {
  /// The side of a tile, in pixels.
  package let side: Int
  /// From the start of one tile to that of the next, in pixels.
  package let stride: Int

  /// - Precondition: `0 < stride <= side`.
  package init(side: Int = 256, stride: Int = 192) {
    precondition(0 < stride && stride <= side, "tiles must overlap or touch")
    self.side = side
    self.stride = stride
  }

  /// The same tiles in units of `pixels` pixels a side.
  func scaled(downBy pixels: Int) -> Tiling {
    let stride = max(1, stride / pixels)
    return Tiling(side: max(stride, side / pixels), stride: stride)
  }

  /// Whether a picture of this size is larger than a tile.
  func isNeeded(for shape: [Int]) -> Bool { shape.suffix(2).contains { $0 > side } }

  /// Runs `process` over every tile of a picture and joins what it makes.
  ///
  /// - Parameters:
  ///   - x: Shape `[B, C, H, W]`, in the units of this tiling.
  ///   - results: The same tiles in the units of what `process` makes.
  ///   - process: Turns a tile of `x` into one of the result; both start at the same place of the picture.
  /// - Returns: The joined tiles, shape `[B, C', H', W']` in the units of `results`.
  /// - Throws: ``TorchError``, what `process` throws among them.
  func map(
    _ x: Tensor, to results: Tiling, _ process: (Tensor) throws(TorchError) -> Tensor
  ) throws(TorchError) -> Tensor {
    let (_, _, H, W) = try x.dimensions()
    var above: [Tensor] = []
    var rows: [Tensor] = []
    for top in Swift.stride(from: 0, to: H, by: stride) {
      let band = try x.slice(top..<min(top + side, H), along: 2)
      var row: [Tensor] = []
      for left in Swift.stride(from: 0, to: W, by: stride) {
        var tile = try process(band.slice(left..<min(left + side, W), along: 3))
        let overlap = results.side - results.stride
        if above.indices.contains(row.count) {
          tile = try tile.fadedIn(from: above[row.count], over: overlap, along: 2)
        }
        if let previous = row.last {
          tile = try tile.fadedIn(from: previous, over: overlap, along: 3)
        }
        row.append(tile)
      }
      var kept: [Tensor] = []
      for tile in row {
        kept.append(try tile.cut(to: results.stride, along: 2).cut(to: results.stride, along: 3))
      }
      rows.append(try Tensor(concatenating: kept, along: 3))
      above = row
    }
    return try Tensor(concatenating: rows, along: 2)
  }
}

extension Tensor {
  /// This tile with its first positions cross-faded from the last ones of the tile before it.
  ///
  /// Each product and the sum are rounded to the type of the tiles.
  fileprivate func fadedIn(
    from before: Tensor, over overlap: Int, along axis: Int
  ) throws(TorchError) -> Tensor {
    let length = shape[axis]
    let lengthBefore = before.shape[axis]
    let extent = min(length, lengthBefore, overlap)
    guard extent > 0 else { return self }
    let share = (0..<extent).map { Double($0) / Double(extent) }
    let weightShape = axis == 2 ? [extent, 1] : [extent]
    let rising = try Tensor(share.map { Float($0) }, shape: weightShape).moved(to: device)
    let falling = try Tensor(share.map { Float(1 - $0) }, shape: weightShape).moved(to: device)
    let old = try before.slice(lengthBefore - extent..<lengthBefore, along: axis)
    let new = try slice(0..<extent, along: axis)
    let faded = try (old * falling).converted(to: dtype) + (new * rising).converted(to: dtype)
    return try Tensor(
      concatenating: [faded, slice(extent..<length, along: axis)], along: axis)
  }

  /// The first `length` positions of an axis, or all where there are fewer.
  fileprivate func cut(to length: Int, along axis: Int) throws(TorchError) -> Tensor {
    try slice(0..<min(length, shape[axis]), along: axis)
  }
}
