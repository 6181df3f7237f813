import Raster
import Shards

/// Small pictures of coloured squares on one another, with their layers.
package enum Compositions {
  /// Samples of 64 x 64 pixels; the sample of place i has `2 + i % 3` layers.
  package static func samples(_ count: Int) throws -> [TrainingSample] {
    try (0..<count).map { index in
      let size = PixelSize(width: 64, height: 64)
      var layers = [
        try RasterImage(
          size: size,
          filledWith: RGBAPixel(red: UInt8(index * 31 % 256), green: 90, blue: 160, alpha: 255))
      ]
      for layer in 0...(index % 3) {
        layers.append(try square(at: (index * 5 + layer * 20) % 40, of: size, number: layer))
      }
      let stack = try LayerStack(canvas: size, layers: layers)
      return try TrainingSample(
        key: "sample-\(index)", composite: stack.composite(), layers: stack,
        names: layers.indices.map { "layer \($0)" },
        caption: Caption("\(layers.count - 1) squares on blue", by: "template"),
        category: "other", sourceHash: String(repeating: "0", count: 64))
    }
  }

  /// Writes ``samples(_:)`` as a dataset.
  package static func write(_ count: Int, to folder: String) throws {
    let writer = try ShardWriter(at: folder)
    for sample in try samples(count) { try writer.append(sample) }
    _ = try writer.commit()
  }

  private static func square(at place: Int, of size: PixelSize, number: Int) throws -> RasterImage {
    var image = try RasterImage(size: size)
    image.updatePixels { pixels in
      for y in place..<place + 20 {
        for x in place..<place + 20 {
          let index = (y * size.width + x) * 4
          pixels[index] = UInt8(200 - number * 60)
          pixels[index + 1] = UInt8(60 + number * 60)
          pixels[index + 2] = 30
          pixels[index + 3] = 255
        }
      }
    }
    return image
  }
}
