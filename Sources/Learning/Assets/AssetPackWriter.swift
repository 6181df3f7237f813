import Deflate
import ImageCodecs
import Raster
import Shards

/// Puts a pack together, in memory.
///
/// Equal pictures in equal order give equal bytes.
package struct AssetPackWriter: Sendable {
  private var entries: [AssetIndex.Entry] = []
  private var sources: [AssetSource] = []
  private var pictures: [UInt8] = []

  package init() {}

  /// Bytes of the pictures so far.
  package var pictureByteCount: Int { pictures.count }

  /// How many assets there are.
  package var count: Int { entries.count }

  /// The place of a source, added where it is new.
  package mutating func place(of source: AssetSource) -> Int {
    if let place = sources.firstIndex(of: source) { return place }
    sources.append(source)
    return sources.count - 1
  }

  /// Adds a picture.
  ///
  /// - Parameters:
  ///   - image: Its pixels.
  ///   - asset: What it is; the size is that of the image.
  ///   - encoding: How it is stored.
  /// - Throws: `ImageCodecError`.
  package mutating func append(
    _ image: RasterImage, as asset: Asset, encoding: ImageEncoding
  ) throws(ImageCodecError) {
    append(file: try image.encoded(as: encoding), as: asset, size: image.size)
  }

  /// Adds a picture that was encoded before.
  package mutating func append(file: [UInt8], as asset: Asset, size: PixelSize) {
    entries.append(
      AssetIndex.Entry(
        kind: asset.kind, name: asset.name, family: asset.family, source: asset.source,
        width: size.width, height: size.height, offset: pictures.count, byteCount: file.count,
        crc32: crc32Checksum(file[...]), setting: asset.setting))
    pictures += file
  }

  /// The bytes of the pack.
  ///
  /// - Throws: What the encoding of JSON throws.
  package func file() throws -> [UInt8] {
    let index = try encodedJSON(AssetIndex(sources: sources, assets: entries))
    let length = (0..<8).map { UInt8(truncatingIfNeeded: index.count >> (8 * $0)) }
    return AssetPack.signature + length + index + pictures
  }
}
