import Raster
import Shards

/// Samples that tests write and read.
enum Samples {
  static let canvas = PixelSize(width: 12, height: 9)
  static let hash = String(repeating: "0123456789abcdef", count: 4)

  /// A sample of two layers whose pixels the number decides.
  static func sample(
    _ number: Int, key: String? = nil, caption: String = "a small picture",
    category: String = "other", sourceHash: String = hash, names: [String] = ["back", "front"]
  ) throws -> TrainingSample {
    let back = try RasterImage(
      size: canvas,
      filledWith: RGBAPixel(
        red: UInt8(truncatingIfNeeded: number * 37), green: 90, blue: 200, alpha: 255))
    var front = try RasterImage(size: canvas)
    front[x: number % 12, y: 3] = RGBAPixel(red: 255, green: 1, blue: 2, alpha: 128)
    front[x: 4, y: 6] = RGBAPixel(red: 9, green: 250, blue: 2, alpha: 255)
    let stack = try LayerStack(canvas: canvas, layers: [back, front])
    return try TrainingSample(
      key: key ?? "sample-\(number)", composite: stack.composite(), layers: stack, names: names,
      caption: Caption(caption, by: "template"), category: category, sourceHash: sourceHash)
  }

  /// Writes samples 0, 1, … into a folder, a few to a shard.
  @discardableResult
  static func write(_ count: Int, to path: String, perShard: Int = 3) throws -> ShardIndex {
    let length = try EncodedSample(sample(0)).bytes.count
    let writer = try ShardWriter(at: path, shardByteCount: length * perShard + 1600)
    for number in 0..<count { try writer.append(sample(number)) }
    return try writer.commit()
  }
}
