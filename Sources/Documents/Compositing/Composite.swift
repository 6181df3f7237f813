import Dispatch
import DocumentModel
import Raster

extension LayeredDocument {
  /// All visible layers merged, on a transparent canvas.
  ///
  /// - Throws: What ``composite(of:)`` throws.
  package func composite() throws(RasterError) -> RasterImage {
    try composite(
      of: PixelRectangle(x: 0, y: 0, width: canvas.width, height: canvas.height))
  }

  /// A rectangle of the merged picture; it may reach beyond the canvas.
  ///
  /// Arithmetic is that of 32-bit floats with straight alpha; the only rounding to bytes is that of the
  /// result, to the nearest, halves up. Where alpha rounds to 0 the colour is black. The picture is
  /// made tile by tile on all cores, so the memory needed beside the result follows the tile and the
  /// depth of groups; a large picture can be had strip by strip.
  ///
  /// Members of an isolated group are merged by themselves, those of a pass-through group with what is
  /// below it, of which the group's masks and opacity then keep their share. Clipped nodes are merged
  /// with their base inside its shape, before its masks, opacity and blend mode. Fill opacity
  /// multiplies opacity. An adjustment changes the colours below it, or those of its base where it is clipped, inside its
  /// masks; alpha stays. Effects are not drawn, nor adjustments that the model does not know.
  ///
  /// - Throws: ``RasterError/sizeOutOfRange(_:)`` for the rectangle.
  package func composite(of rectangle: PixelRectangle) throws(RasterError) -> RasterImage {
    var image = try RasterImage(
      size: PixelSize(width: rectangle.width, height: rectangle.height))
    let drawn = CompositingNode.drawn(of: nodes, in: rectangle)
    // Where nothing is drawn the image is clear already.
    let tiles = rectangle.tiles.filter { tile in
      drawn.contains { $0.bounds?.intersection(tile) != nil }
    }
    image.updatePixels { bytes in
      // Tiles share no byte, so every thread writes its own.
      nonisolated(unsafe) let bytes = bytes
      DispatchQueue.concurrentPerform(iterations: tiles.count) { index in
        var tile = Tile(tiles[index])
        tile.draw(drawn)
        tile.store(in: bytes, width: rectangle.width, corner: (x: rectangle.x, y: rectangle.y))
      }
    }
    return image
  }
}

extension LayeredDocument {
  /// Rows of a part that is merged by itself.
  static let tileHeight = 64
}

extension PixelRectangle {
  /// The parts that are merged one by one: 256 x 64 pixels, 256 KiB of floats each.
  fileprivate var tiles: [PixelRectangle] {
    stride(from: y, to: y + height, by: LayeredDocument.tileHeight).flatMap { top in
      stride(from: x, to: x + width, by: 256).map { left in
        PixelRectangle(
          x: left, y: top, width: min(256, x + width - left),
          height: min(LayeredDocument.tileHeight, y + height - top))
      }
    }
  }
}
