import Deflate
import Digests
import ImageCodecs
import Raster
import RegularFiles
import Shards
import Synchronization

/// Pictures and words to compose samples of, in one file: eight bytes of signature, the length of the index as 8 bytes
/// (the lowest first), the index in JSON, then the picture files one after the other.
///
/// The file is read as a whole and checked; pictures are decoded when they are asked for, and the latest are kept.
package final class AssetPack: Sendable {
  static let signature = Array("LAYPACK1".utf8)
  /// The longest file that is read: 1 GiB.
  package static let maximumByteCount = 1 << 30

  /// Every picture, in the order of the file.
  package let assets: [Asset]
  package let sources: [AssetSource]
  /// SHA-256 of the file, in hexadecimal digits.
  package let hash: String

  private let path: String
  private let bytes: [UInt8]
  private let entries: [AssetIndex.Entry]
  /// The first byte behind the index.
  private let firstByte: Int
  private let cache: Mutex<PictureCache>

  /// Reads a pack.
  ///
  /// - Throws: ``AssetPackError`` naming file, field and offset.
  package convenience init(path: String) throws(AssetPackError) {
    let bytes: [UInt8]
    do throws(RegularFileError) {
      bytes = try RegularFile.contents(path: path, limit: Self.maximumByteCount)
    } catch {
      throw AssetPackError(.unavailable(error), in: path)
    }
    try self.init(bytes, named: path)
  }

  /// Reads a pack that is in memory.
  ///
  /// - Parameters:
  ///   - bytes: The file, untrusted.
  ///   - path: What errors call it.
  /// - Throws: ``AssetPackError`` naming file, field and offset.
  package init(_ bytes: [UInt8], named path: String) throws(AssetPackError) {
    guard bytes.starts(with: Self.signature) else {
      throw AssetPackError(.badSignature, in: path, at: 0)
    }
    guard bytes.count >= 16 else { throw AssetPackError(.cutOff("index length"), in: path, at: 8) }
    let length = (8..<16).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    guard length <= UInt64(bytes.count - 16) else {
      throw AssetPackError(.cutOff("index length"), in: path, at: 8)
    }
    firstByte = 16 + Int(length)
    let index: AssetIndex
    do throws(ShardError.Reason) {
      index = try decodedJSON(AssetIndex.self, from: Array(bytes[16..<firstByte]))
    } catch {
      throw AssetPackError(.badJSON("\(error)"), in: path, at: 16)
    }
    do throws(AssetPackError.Reason) {
      try index.validate(byteCount: bytes.count - firstByte)
    } catch {
      throw AssetPackError(error, in: path, at: 16)
    }
    self.path = path
    self.bytes = bytes
    entries = index.assets
    sources = index.sources
    assets = index.assets.map { entry in
      Asset(
        kind: entry.kind, name: entry.name, family: entry.family, source: entry.source,
        size: PixelSize(width: entry.width, height: entry.height), setting: entry.setting)
    }
    hash = SHA256.hexadecimal(of: bytes)
    cache = Mutex(PictureCache())
  }

  /// The pixels of an asset; every pixel with alpha 0 is ``RGBAPixel/clear``.
  ///
  /// - Throws: ``AssetPackError`` naming file, asset and offset.
  /// - Precondition: The place is one of ``assets``.
  package func picture(at place: Int) throws(AssetPackError) -> RasterImage {
    if let image = cache.withLock({ $0[place] }) { return image }
    let image = try decoded(at: place)
    cache.withLock { $0[place] = image }
    return image
  }

  private func decoded(at place: Int) throws(AssetPackError) -> RasterImage {
    let entry = entries[place]
    let first = firstByte + entry.offset
    do throws(AssetPackError.Reason) {
      let part = bytes[first..<first + entry.byteCount]
      let found = crc32Checksum(part)
      guard found == entry.crc32 else { throw .checksum(found: found, expected: entry.crc32) }
      var limits = DecodingOptions()
      limits.maximumPixelCount = entry.width * entry.height
      var image: RasterImage
      do throws(ImageCodecError) {
        image = try DecodedImage(decoding: Array(part), options: limits).image
      } catch {
        throw .badPicture("\(error)")
      }
      guard image.size == assets[place].size else {
        throw .otherSize(found: "\(image.size)", expected: "\(assets[place].size)")
      }
      image.updatePixels { pixels in
        for first in stride(from: 0, to: pixels.count, by: 4) where pixels[first + 3] == 0 {
          for channel in first..<first + 3 { pixels[channel] = 0 }
        }
      }
      return image
    } catch {
      throw AssetPackError(error, in: path, at: first, asset: entry.name)
    }
  }

  /// Decodes every picture once.
  ///
  /// - Throws: ``AssetPackError`` for the first that is damaged.
  package func verify() throws(AssetPackError) {
    for place in assets.indices { _ = try decoded(at: place) }
  }
}

/// Decoded pictures up to a number of bytes; when it is full, it begins anew.
private struct PictureCache {
  private static let limit = 256 << 20
  private var images: [Int: RasterImage] = [:]
  private var byteCount = 0

  subscript(place: Int) -> RasterImage? {
    get { images[place] }
    set {
      guard let newValue, images[place] == nil else { return }
      if byteCount + newValue.pixels.count > Self.limit {
        images.removeAll(keepingCapacity: true)
        byteCount = 0
      }
      images[place] = newValue
      byteCount += newValue.pixels.count
    }
  }
}
