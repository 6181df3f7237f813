import Deflate
import Digests
import ImageCodecs
import RegularFiles

/// Reads the samples of a dataset, of which nothing is trusted.
///
/// Opening it reads the index and looks at every shard, so that what is missing or cut is found before
/// the first sample. A sample whose bytes have changed is refused by its checksum; the others stay
/// readable. Values can be shared between threads.
package struct ShardReader: Sendable {
  /// What a dataset may ask for.
  package struct Limits: Sendable {
    /// Bytes of an index.
    package var indexByteCount = 1 << 30
    /// Bytes of one sample.
    package var sampleByteCount = 1 << 30
    /// What each picture may ask for.
    package var pictures = DecodingOptions()

    /// The default limits.
    package init() {}
  }

  package let folder: String
  package let index: ShardIndex
  /// SHA-256 of the index, and with it of every shard: equal for equal datasets.
  package let fingerprint: String
  private let limits: Limits
  /// The sample at which each shard begins.
  private let firstPlaces: [Int]
  /// How many samples there are.
  package let sampleCount: Int

  /// Opens a dataset.
  ///
  /// - Parameters:
  ///   - folder: The folder with `index.json` and the shards.
  ///   - limits: What it may ask for.
  /// - Throws: ``ShardError`` naming the index or the shard that is missing, cut or malformed.
  package init(folder: String, limits: Limits = Limits()) throws(ShardError) {
    let path = "\(folder)/\(ShardIndex.fileName)"
    let index: ShardIndex
    do throws(ShardError.Reason) {
      let bytes = try Self.contents(of: path, limit: limits.indexByteCount)
      index = try decodedJSON(ShardIndex.self, from: bytes)
      try index.validate()
      fingerprint = SHA256.hexadecimal(of: bytes)
    } catch {
      throw ShardError(error, in: path)
    }
    var firstPlaces: [Int] = []
    var count = 0
    for shard in index.shards {
      let path = "\(folder)/\(shard.file)"
      do throws(ShardError.Reason) {
        let file = try Self.open(path)
        defer { file.close() }
        guard file.byteCount == shard.byteCount else {
          throw .byteCount(found: file.byteCount, expected: shard.byteCount)
        }
      } catch {
        throw ShardError(error, in: path)
      }
      firstPlaces.append(count)
      count += shard.samples.count
    }
    self.folder = folder
    self.index = index
    self.limits = limits
    self.firstPlaces = firstPlaces
    sampleCount = count
  }

  /// The sample at a place, counted through all shards.
  ///
  /// - Throws: ``ShardError`` naming shard, key and offset; other samples stay readable.
  /// - Precondition: The place is in `0..<sampleCount`.
  package func sample(at place: Int) throws(ShardError) -> TrainingSample {
    let sample = try encodedSample(at: place)
    do throws(ShardError.Reason) {
      return try sample.decoded(limits: limits.pictures)
    } catch {
      throw self.error(error, at: place)
    }
  }

  /// Everything about a sample but its pixels, which stay packed.
  ///
  /// - Throws: ``ShardError`` naming shard, key and offset.
  /// - Precondition: The place is in `0..<sampleCount`.
  package func description(at place: Int) throws(ShardError) -> SampleDescription {
    let sample = try encodedSample(at: place)
    do throws(ShardError.Reason) {
      return try sample.description()
    } catch {
      throw self.error(error, at: place)
    }
  }

  /// The bytes of a sample, with their checksum verified.
  ///
  /// - Throws: ``ShardError`` naming shard, key and offset.
  /// - Precondition: The place is in `0..<sampleCount`.
  package func encodedSample(at place: Int) throws(ShardError) -> EncodedSample {
    let (shard, entry) = entry(at: place)
    do throws(ShardError.Reason) {
      guard entry.byteCount <= limits.sampleByteCount else {
        throw .sampleTooLong(byteCount: entry.byteCount, limit: limits.sampleByteCount)
      }
      let file = try Self.open("\(folder)/\(shard.file)")
      defer { file.close() }
      let bytes: [UInt8]
      do throws(RegularFileError) {
        bytes = try file.read(count: entry.byteCount, at: entry.offset)
      } catch {
        throw .unavailable(error)
      }
      guard bytes.count == entry.byteCount else {
        throw .byteCount(found: file.byteCount, expected: shard.byteCount)
      }
      let found = crc32Checksum(bytes[...])
      guard found == entry.crc32 else {
        throw .checksum(
          found: String(found, radix: 16), expected: String(entry.crc32, radix: 16))
      }
      return EncodedSample(key: entry.key, bytes: bytes)
    } catch {
      throw self.error(error, at: place)
    }
  }

  /// Compares every byte of every shard with the digests of the index.
  ///
  /// - Throws: ``ShardError`` for the first shard that differs.
  package func verify() throws(ShardError) {
    for shard in index.shards {
      let path = "\(folder)/\(shard.file)"
      do throws(ShardError.Reason) {
        let found = try Self.digest(of: path)
        guard found == shard.sha256 else {
          throw .checksum(found: found, expected: shard.sha256)
        }
      } catch {
        throw ShardError(error, in: path)
      }
    }
  }

  private func entry(at place: Int) -> (shard: ShardIndex.Shard, entry: ShardIndex.Entry) {
    precondition((0..<sampleCount).contains(place), "a place outside the dataset")
    var (low, high) = (0, firstPlaces.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if firstPlaces[middle] <= place { low = middle } else { high = middle - 1 }
    }
    let shard = index.shards[low]
    return (shard, shard.samples[place - firstPlaces[low]])
  }

  private func error(_ reason: ShardError.Reason, at place: Int) -> ShardError {
    let (shard, entry) = entry(at: place)
    return ShardError(
      reason, in: "\(folder)/\(shard.file)", key: entry.key, offset: entry.offset)
  }

  private static func open(_ path: String) throws(ShardError.Reason) -> RegularFile {
    do throws(RegularFileError) {
      return try RegularFile(path: path)
    } catch {
      throw .unavailable(error)
    }
  }

  private static func contents(
    of path: String, limit: Int
  ) throws(ShardError.Reason) -> [UInt8] {
    do throws(RegularFileError) {
      return try RegularFile.contents(path: path, limit: limit)
    } catch {
      throw .unavailable(error)
    }
  }

  private static func digest(of path: String) throws(ShardError.Reason) -> String {
    let file = try open(path)
    defer { file.close() }
    var hash = SHA256()
    var offset = 0
    do throws(RegularFileError) {
      while case let bytes = try file.read(count: 1 << 20, at: offset), !bytes.isEmpty {
        hash.update(bytes)
        offset += bytes.count
      }
    } catch {
      throw .unavailable(error)
    }
    return hash.hexadecimal
  }
}
